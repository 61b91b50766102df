#!/bin/sh
# A strategy that crashes, hangs, runs out, aborts or corrupts is a row that says so, and the run goes on.
. tests/cli/lib.sh
plugins=
for name in crash hang oom abort overlap scribble; do
    plugins=$plugins,plugin:$build/plugins/$name.so
done
expect 0 "$heaptrial run -a null$plugins,system -w fixed-churn -p throughput $tiny --timeout 1 -o $tmp/run"

columns "$tmp/run/rows.csv" strategy outcome signal reason | sort -u >"$tmp/got"
# row STRATEGY OUTCOME SIGNAL REGEX: each row of the strategy is so.
row() {
    pattern="^$1	$2	$3	$4"
    [ "$(grep -c "^$1	" "$tmp/got")" = 1 ] && grep -qE "$pattern" "$tmp/got" ||
        fail "$1 is not $2 $3 '$4': $(grep "^$1	" "$tmp/got")"
}
row null ok '' '$'
row system ok '' '$'
row plugin:crash crash SIGSEGV 'Segmentation fault'
row plugin:hang hang '' 'no end after 1 s'
row plugin:oom oom '' 'the strategy returned NULL for 64 bytes'
row plugin:abort corrupt SIGABRT 'Aborted: abort: corrupted top size$'
for name in overlap scribble; do
    [ "$(grep "^plugin:$name" "$tmp/got" | grep -cvE '	corrupt		an object of 64 bytes at 0x[0-9a-f]+ does not hold')" = 0 ] ||
        fail "plugin:$name: $(grep "^plugin:$name" "$tmp/got")"
done
[ "$(cells "$tmp/run" | wc -l)" = 16 ] || fail "$(cells "$tmp/run" | wc -l) rows, not 16"

# An object that says how large it is must not lead beyond itself when it is spoilt.
expect 3 "$build/cells/plugin-allocator --heaptrial_workload=mstress --heaptrial_iterations=3 \
    --heaptrial_plugin=$build/plugins/scribble.so 2>&1 | tail -n 1 >&2; exit 3" 'heaptrial: corrupt: an object of'

# The same outcomes in the other passes.
expect 0 "$heaptrial run -a null$plugins -w fixed-churn -p memory:1,latency:1 $tiny --timeout 1 -o $tmp/probed"
columns "$tmp/probed/rows.csv" strategy outcome | sort | uniq -c | awk '{ print $1, $2, $3 }' >"$tmp/got"
cat >"$tmp/expected" <<'END'
2 null ok
2 plugin:abort corrupt
2 plugin:crash crash
2 plugin:hang hang
2 plugin:oom oom
2 plugin:overlap corrupt
2 plugin:scribble corrupt
END
same "$tmp/expected" "$tmp/got" "outcomes of the probed passes"

# A figure of a cell that failed would be compared by mistake.
[ -z "$(columns "$tmp/run/rows.csv" outcome wall_ns cpu_ns ns_per_op ops | grep -v '^ok' | tr -d 'a-z\t\n')" ] ||
    fail "a row that is not ok has figures"
# A heap walk that fails, by hand.
expect 3 "$build/cells/plugin-allocator --heaptrial_workload=fixed-churn --heaptrial_verify=1 \
    --heaptrial_plugin=$build/plugins/badcheck.so --heaptrial_iterations=1 2>&1 | tail -n 1 >&2; exit 3" \
    'heaptrial: corrupt: heap walk: badcheck: the free list'
