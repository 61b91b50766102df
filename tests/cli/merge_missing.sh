#!/bin/sh
# merge says how many rows the parts lack: a shard that was left out, or a row that was torn.
. tests/cli/lib.sh
cd "$tmp"
plan='-a null,system -w fixed-churn:slots=10,fixed-churn:slots=20 -p throughput,memory:1 --window 0.2 --rounds 3 --repetitions 1 -q'
for i in 1 2; do
    $heaptrial run $plan --shard $i/2 -o part$i >out || fail "shard $i/2: exit $?"
done
$heaptrial merge whole part1 part2 >out 2>err || fail "exit $?"
[ -s err ] && fail "a whole run: $(cat err)"
# Both groups of one pass are in one shard: 2 strategies, 2 workloads, 3 rounds or 1.
lacks=$((16 - $(cells part1 | wc -l)))
expect 0 "$heaptrial merge half part1" "the parts lack $lacks rows of the run.*--resume half"
head -c -20 part2/rows.csv >torn && mv torn part2/rows.csv
expect 0 "$heaptrial merge torn part1 part2" 'the parts lack 1 row of the run.*--resume torn'
expect 0 "$heaptrial run --resume torn -q"
[ "$(cells torn | wc -l)" = 16 ] || fail "$(cells torn | wc -l) rows, not 16"
