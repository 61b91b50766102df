#!/bin/sh
# The same seed: the same order, operation streams and operations. Another seed: another order.
. tests/cli/lib.sh
plan='-a null,system -w fixed-churn:slots=10,fixed-churn:slots=20,larson -p throughput,latency:1 --window 0.2 --rounds 3 --repetitions 1 -q'
for run in a b; do
    $heaptrial run $plan --seed 7 -o "$tmp/$run" >"$tmp/out" || fail "seed 7: exit $?"
done
$heaptrial run $plan --seed 8 -o "$tmp/c" >"$tmp/out" || fail "seed 8: exit $?"
for run in a b c; do
    columns "$tmp/$run/rows.csv" round order cell seed >"$tmp/$run.order"
    # Calibration depends on the machine, the operations of an iteration do not.
    columns "$tmp/$run/rows.csv" round order cell ops iterations outcome |
        awk '$6 == "ok" { print $1, $2, $3, $4 / $5 }' >"$tmp/$run.ops"
done
same "$tmp/a.order" "$tmp/b.order" 'order and seeds of two runs with seed 7'
same "$tmp/a.ops" "$tmp/b.ops" 'operations an iteration of two runs with seed 7'
[ "$(columns "$tmp/a/rows.csv" run | uniq)" = "$(columns "$tmp/b/rows.csv" run | uniq)" ] || fail 'two names for one plan'
[ "$(columns "$tmp/a/rows.csv" run | uniq)" != "$(columns "$tmp/c/rows.csv" run | uniq)" ] || fail 'one name for two plans'
cmp -s "$tmp/a.order" "$tmp/c.order" && fail 'seeds 7 and 8 give one order'

# Rounds differ in order and seed, and hold the same cells.
for round in 1 2 3; do
    awk -v r=$round '$1 == r { print $3 }' "$tmp/a.order" >"$tmp/order$round"
    awk -v r=$round '$1 == r { print $4 }' "$tmp/a.order" | sort -u >"$tmp/seeds$round"
done
cmp -s "$tmp/order2" "$tmp/order3" && fail 'rounds 2 and 3 have one order'
sort -n "$tmp/order2" >"$tmp/cells2"
sort -n "$tmp/order3" >"$tmp/cells3"
same "$tmp/cells2" "$tmp/cells3" 'cells of rounds 2 and 3'
sort "$tmp/seeds2" "$tmp/seeds3" | uniq -d | grep . && fail 'two rounds share a seed'
# All strategies and passes of a workload have one seed in a round.
[ "$(columns "$tmp/a/rows.csv" round workload params seed | sort -u | wc -l)" = 9 ] || fail 'seeds are not by workload and round'
# The manifest logs the order.
tr -d ' \n' <"$tmp/a/manifest.json" | sed 's/.*"order":\[\[//;s/\].*/,/' | tr , '\n' >"$tmp/logged"
same "$tmp/order1" "$tmp/logged" 'the order that the manifest logs'
