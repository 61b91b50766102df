#!/bin/sh
# Two runs with the same seed over all collectors: the same stream of operations, and the same counters. A window is one
# iteration, because how many fill a longer one depends on the machine.
. tests/cli/lib.sh
cd "$tmp"
counters='collections minor_collections steps traced_objects traced_bytes moved_bytes freed_objects freed_bytes barriers
    finalized mark_stack_high mark_stack_overflows leaked_objects leaked_bytes'
for run in a b; do
    $heaptrial run -a collectors -w churn:old=500:batch=500:rounds=10,rings:cycles=100:live=100,lru:entries=300:lookups=1000 -p throughput,garbage --seed 7 \
        --window 0.01 --rounds 1 --repetitions 1 -q -o $run >out || fail "run $run: exit $?"
    columns $run/rows.csv strategy workload pass outcome iterations ops stream $counters | LC_ALL=C sort >$run.all
done
[ "$(wc -l <a.all)" -ge 78 ] || fail "only $(wc -l <a.all) rows"
grep -q '	ok	1	' a.all || fail 'no row is ok with one iteration'
# Addresses are drawn anew in each process: libgc finds what looks like a reference on the C stack, and what CPython's arenas
# hold depends on where they start, so that it meets the limit sooner or later.
for run in a b; do
    grep -vE '^(boehm|cpython)	' $run.all >$run.exact
    cut -f 1-7 $run.all >$run.stream
done
same a.stream b.stream 'outcomes, operations and streams'
same a.exact b.exact 'counters'
# The stream is one for all strategies; that of manual has what it does to free by hand.
columns a/rows.csv strategy workload stream outcome | awk -F '\t' '$1 != "manual" && $3 != "" && $4 == "ok" { print $2, $3 }' |
    sort -u | cut -d ' ' -f 1 | uniq -d | grep . && fail 'two streams for one workload'
exit 0
