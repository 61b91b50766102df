#!/bin/sh
# Faults that are injected: cycles. rc leaks them, and says so; who reclaims cycles does not leak, and repeats its counts;
# a plan that is wrong is refused in one line that points at the character.
. tests/cli/lib.sh
cycles='cycle:length=8,every=1000'
# Little work: an iteration is more than the window, so that each is one.
short='--window 0.01 --rounds 1 --repetitions 1 -q'

# ---- bad grammar
for plan in cycel: cycle: cycle:lenght=8 cycle:length=0 cycle:length=8, "$cycles;" cycle:every=5,rate=5; do
    expect 2 "$heaptrial run -a semispace -w churn $short -o $tmp/bad --fault '$plan'" \
        "^heaptrial: fault plan '$plan', character [0-9]+: "
    [ -e "$tmp/bad" ] && fail "$plan left a folder"
done
expect 2 "$heaptrial run -a system -w larson $short -o $tmp/bad --fault $cycles" 'is for collectors, and system is an allocator'
expect 2 "$build/cells/semispace --heaptrial_fault=cycle:lenght=8" 'character 7: cycle has no key'
expect 2 "$build/cells/null --heaptrial_fault=$cycles" 'into an allocator'
$heaptrial list faults | grep -q '^    length ' || fail 'list faults does not show length'

# ---- every strategy, each shape: rc leaks, nogc says why not, the others reclaim all
run() { # NAME PLAN
    expect 0 "$heaptrial run -a collectors,rc:deferred -w churn:old=500:batch=500:rounds=20 -p pauses --heap 4M $short -o $tmp/$1 --fault '$2'"
    columns "$tmp/$1/rows.csv" strategy outcome cycles cycles_reclaimed leaked_objects outstanding_max_bytes fault reason |
        tr '\t' '|' | while IFS='|' read -r strategy outcome died reclaimed leaked outstanding fault reason; do
            [ "$fault" = "$2" ] || echo "$strategy: the fault is '$fault'"
            case $strategy:$outcome in
            rc:leak | rc:deferred:leak)
                [ "$died" -gt 0 ] && [ "$reclaimed" = 0 ] && [ "$leaked" -gt 0 ] && [ "$outstanding" -gt 0 ] ||
                    echo "$strategy: $died died, $reclaimed were reclaimed, $leaked leaked, $outstanding waited" ;;
            rc:* | *:leak) echo "$strategy is $outcome: $reason" ;;
            nogc:unsupported) [ "$reason" ] || echo "nogc does not say why" ;;
            plugin-collector:*) ;; # which one?
            manual:ok)
                [ "$reclaimed" = "$died" ] && [ "$outstanding" = 0 ] || echo "$strategy: $died, $reclaimed, $outstanding" ;;
            manual:unsupported)
                case $2 in *finalizer*) ;; *) echo "manual is unsupported: $reason" ;; esac ;;
            boehm:ok) # it may take a word for a reference
                [ "$reclaimed" -gt $((died * 9 / 10)) ] || echo "boehm: $reclaimed of $died" ;;
            *:ok)
                [ "$died" -gt 0 ] && [ "$reclaimed" = "$died" ] && [ "$outstanding" -gt 0 ] ||
                    echo "$strategy: $died died, $reclaimed were reclaimed, $outstanding waited" ;;
            *) case $reason in *'was not there when heaptrial was built'*) ;; *) echo "$strategy is $outcome: $reason" ;; esac ;;
            esac
        done >"$tmp/wrong"
    [ -s "$tmp/wrong" ] && fail "$2: $(cat "$tmp/wrong")"
}
run ring 'cycle:length=8,every=200'
run clique 'cycle:shape=clique,k=4,every=200,tail=10'
run self 'cycle:shape=self,every=200,bytes=64'
run edge 'cycle:every=200,live=4,edge=10,old=1'
run finalizer 'cycle:every=200,finalizer=1'

# ---- the same seed: the same deaths, and on who is deterministic the same lives
run again 'cycle:length=8,every=200'
for run in ring again; do
    columns "$tmp/$run/rows.csv" strategy iterations cycles cycles_reclaimed reclaim_p50_bytes reclaim_max_bytes outstanding_max_bytes |
        grep -E '^(manual|rc|semispace|marksweep|markcompact|generational|incremental)	' | sort >"$tmp/$run.counts"
done
[ -s "$tmp/ring.counts" ] || fail 'no counts'
same "$tmp/ring.counts" "$tmp/again.counts" 'counts of two runs of one seed'
[ "$(columns "$tmp/ring/rows.csv" outcome cycles | grep -E '^(ok|leak)	' | cut -f 2 | sort -u | wc -l)" = 1 ] ||
    fail 'strategies differ in the cycles that died'

# ---- the series: a line a cycle, censored ones without an end
for strategy in semispace rc; do
    set -- $(columns "$tmp/ring/rows.csv" strategy cycles series | grep "^$strategy	")
    series=$tmp/ring/${3%.csv}-cycles.csv
    [ "$(sed 1d "$series" | wc -l)" = "$2" ] || fail "$strategy: $2 cycles, and in $series $(wc -l <"$series") lines"
    [ "$(grep -c ',,$' "$series")" = "$([ $strategy = rc ] && echo "$2" || echo 0)" ] || fail "$strategy: $(head -n 3 "$series")"
done

# ---- a heap that is full of leaked cycles is a leak, with its figures
expect 0 "$heaptrial run -a rc,marksweep -w churn:old=500:batch=500 -p pauses --heap 2M $short -o $tmp/full --fault cycle:every=20,length=100"
set -- $(columns "$tmp/full/rows.csv" strategy outcome cycles cycles_reclaimed leaked_objects | grep '^rc	')
[ "${2-}" = leak ] && [ "${3-0}" -gt 100 ] && [ "${4-}" = 0 ] && [ "${5-0}" -ge "$((${3-0} * 100))" ] ||
    fail "rc in a full heap: $*"
columns "$tmp/full/rows.csv" strategy reason | grep -q '^rc	out of memory for .*stay$' || fail 'the heap of rc was not full'
columns "$tmp/full/rows.csv" strategy outcome | grep -q '^marksweep	ok$' || fail "marksweep: $(columns "$tmp/full/rows.csv" strategy outcome reason)"

# ---- it survives a stop: the plan is in the manifest
grep -q "\"fault\": \"cycle:length=8,every=200\"" "$tmp/ring/manifest.json" || fail 'the manifest does not name the fault'
head -n 3 "$tmp/ring/rows.csv" >"$tmp/part" && mv "$tmp/part" "$tmp/ring/rows.csv"
expect 0 "$heaptrial run --resume $tmp/ring -q"
[ "$(columns "$tmp/ring/rows.csv" fault | sort -u)" = 'cycle:length=8,every=200' ] || fail 'resumed rows have another fault'
