#!/bin/sh
# Strategies under failure: what is sound comes through at every point, what is broken is named for what it does, and a
# clean plug-in is not blamed.
. tests/cli/lib.sh
cell=$build/cells/faulty

# ---- bad input
expect 2 "$heaptrial faults -a tlsf -w larsen -o $tmp/no" "no workload for faults is called 'larsen': did you mean larson"
expect 2 "$heaptrial faults -a tlsf -w larson --fault fail:nht=3 -o $tmp/no" 'character 6'
expect 2 "$heaptrial faults -a tlsf -w larson --fault cycle -o $tmp/no" 'cycle lets nothing fail'
expect 2 "$heaptrial faults -a marksweep -w churn --fault 'fail:site=mark-stak,nth=*' -o $tmp/no" 'did you mean mark-stack\?'
expect 2 "$heaptrial run -a marksweep -w churn --fault fail:site=heep,nth=1 -o $tmp/no" 'did you mean heap\?'
expect 2 "$heaptrial faults -a tslf -o $tmp/no" "did you mean tlsf"
expect 2 "$heaptrial faults --exhaustive --points 3 -o $tmp/no" 'leave --points out'
expect 2 "$heaptrial faults --resume $tmp/no" 'there is no run in'
expect 2 "$heaptrial run -a tlsf -w larson -p latency --fault fail:nth=3 -o $tmp/no" 'acts in the pass faults'
expect 2 "$cell/tlsf" 'takes one of its workloads'
expect 2 "$cell/tlsf --heaptrial_workload=larson" 'takes a plan'
[ -e "$tmp/no" ] && fail 'a refused run left a folder'
expect 0 "$heaptrial faults --help"
grep -q 'fail:nth=\*' "$tmp/out" || fail 'no examples in --help'

# ---- known answers: who is wrong when memory runs out, and how
plugins=
for name in none sulks crashes gives_up notices loses; do
    plugins=$plugins,plugin:$build/plugins/failure_$name.so
done
expect 3 "$heaptrial faults -a ${plugins#,} -w realloc-growth:ops=60:vectors=2:strings=2 --points 8 \
    --fault os:mmap,nth=* -q -o $tmp/known"
plugins=
for name in locks spoils leaks none; do
    plugins=$plugins,plugin:$build/plugins/failure_$name.so
done
expect 3 "$heaptrial faults -a ${plugins#,} -w larson:slots=20:rounds=1 --points 8 --timeout 1 --fault os:mmap,nth=* -q -o $tmp/locks"
for run in known locks; do
    columns "$tmp/$run/rows.csv" strategy workload outcome points fired survived reason
done >"$tmp/got"
# known NAME OUTCOME: every row of a plug-in that is not ok says so, and there is one.
known() {
    grep "^plugin:failure_$1	" "$tmp/got" | cut -f 3 | grep -v '^ok$' | sort -u >"$tmp/outcomes"
    [ "$(cat "$tmp/outcomes")" = "$2" ] || fail "failure_$1: '$(cat "$tmp/outcomes")', not '$2': $(grep "failure_$1	" "$tmp/got")"
}
if grep -q "seccomp's user notification is not to be had" "$tmp/got"; then
    echo 'no supervisor here: what calls of the system do is not tried'
else
    known none ''
    known sulks oom
    known crashes crash
    known gives_up crash
    known notices corrupt
    grep -q "^plugin:failure_notices	.*SIGABRT: free(): invalid size" "$tmp/got" || fail "no last words: $(grep failure_notices "$tmp/got")"
    known locks hang
    known leaks leak
    known loses corrupt
    known spoils corrupt
    [ "$(awk -F'\t' '$1 == "plugin:failure_none" && ($5 == 0 || $6 != $5)' "$tmp/got")" = "" ] || fail "failure_none: $(cat "$tmp/got")"
fi

# ---- ours come through, at every point of a small workload
expect 0 "$heaptrial faults -a pool,tlsf,slab,arena,nogc,rc,immix,generational -w build-release:objects=40,churn:rounds=1 --exhaustive \
    --fault fail:nth=* --fault fail:site=pages,from=* --fault fail:site=heap,from=* -q -o $tmp/ours"
columns "$tmp/ours/rows.csv" strategy outcome fault points fired survived | sort -u >"$tmp/got"
grep -vE '	(ok|unsupported)	' "$tmp/got" >"$tmp/wrong" && fail "$(cat "$tmp/wrong")"
[ "$(awk -F'\t' '$2 == "ok" && ($5 < 1 || $6 != $5)' "$tmp/got")" = "" ] || fail "points: $(cat "$tmp/got")"
# 40 objects: 40 points that fire, and one that does not.
grep -q '^tlsf	ok	fail:nth=\*	41	40	40$' "$tmp/got" || fail "tlsf: $(grep ^tlsf "$tmp/got")"
grep -q '^rc	ok	fail:site=heap,from' "$tmp/got" || fail "rc: $(grep '^rc	' "$tmp/got")"

# ---- the table says it, and the plot; a run of times beside it has a column for it
expect 0 "$heaptrial table $tmp/ours"
grep -q '^tlsf *100.0 %' "$tmp/out" || fail "table: $(cat "$tmp/out")"
[ -s "$tmp/ours/plots/survival.dat" ] && [ -s "$tmp/ours/plots/gc-survival.dat" ] || fail 'no plot of survival'
expect 0 "$heaptrial run -a system,tlsf -w fixed-churn -p throughput,faults:1 --fault fail:every=100 $tiny -o $tmp/both"
[ "$(columns "$tmp/both/rows.csv" pass fault | sort -u | tr '\t\n' '= ')" = 'faults=fail:every=100 throughput= ' ] ||
    fail "passes: $(columns "$tmp/both/rows.csv" pass fault | sort -u)"
expect 0 "$heaptrial table $tmp/both"
head -n 1 "$tmp/out" | grep -q 'survival' || fail "no column: $(cat "$tmp/out")"

# ---- what can't apply says why; a stop loses nothing
expect 0 "$heaptrial faults -a null,manual --fault stress:collect=1 --fault fail:site=heap,nth=1 -w fixed-churn,churn -q -o $tmp/not"
columns "$tmp/not/rows.csv" strategy outcome reason | sort -u >"$tmp/got"
grep -q '^null	unsupported	is an allocator: stress is for collectors$' "$tmp/got" || fail "null: $(cat "$tmp/got")"
head -n 2 "$tmp/not/rows.csv" >"$tmp/part" && mv "$tmp/part" "$tmp/not/rows.csv"
expect 0 "$heaptrial faults --resume $tmp/not -q"
[ "$(columns "$tmp/not/rows.csv" outcome | wc -l)" = 4 ] || fail "resumed: $(cat "$tmp/not/rows.csv")"
