#!/bin/sh
# The shards of a run, merged, are the run.
. tests/cli/lib.sh
cd "$tmp"
plan='-a null,system,pool -w fixed-churn:slots=10,fixed-churn:slots=20,fixed-churn:slots=30,fixed-churn:slots=40 -p throughput,latency:1,memory:1
    --window 0.2 --rounds 2 --repetitions 1 -q'
all() {
    columns "$1/rows.csv" run round cell strategy workload params threads pass seed | sort
}
$heaptrial run $plan -o whole >out || fail "the whole run: exit $?"
for i in 1 2 3; do
    $heaptrial run $plan --shard $i/3 -o part$i >out || fail "shard $i/3: exit $?"
    [ "$(cells part$i | wc -l)" -gt 5 ] || fail "shard $i/3 has $(cells part$i | wc -l) rows"
    # What is compared runs on one machine: all strategies of a group, in one shard.
    columns part$i/rows.csv round workload params threads pass | sort | uniq -c | awk '$1 != 3' | grep . &&
        fail "shard $i/3 has a part of a group"
done
all whole >expected
expect 0 "$heaptrial merge joint part1 part2 part3"
all joint >got
same expected got 'merged shards'
expect 0 "$heaptrial merge other part3 part1 part2"
all other >got
same expected got 'merged in another order'
for series in $(columns joint/rows.csv series); do
    [ -s "joint/$series" ] || fail "joint/$series is missing"
done
[ "$(grep -c '"host"' joint/manifest.json)" = 4 ] || fail 'the merged manifest does not hold the machine of each part'
expect 0 "$heaptrial run --resume joint -q"
all joint >got
same expected got 'resumed after the merge'

# refused REGEX PARTS...: nothing is left of DIR.
refused() {
    regex=$1
    shift
    expect 2 "$heaptrial merge new $*" "$regex"
    [ -e new ] && fail "merge $* left $(ls -A new)"
    rm -rf new
}
refused 'holds round 1 of cell [0-9]+, which an earlier part holds too' part1 part2 part1
$heaptrial run $plan --seed 2 --shard 2/3 -o seed2 >out
refused 'seed2 is a part of another run' part1 seed2
refused 'no run in nowhere' part1 nowhere
refused 'name the new folder and the parts'
mkdir theirs && echo hello >theirs/letter
expect 2 "$heaptrial merge theirs part1 part2" 'theirs is not empty'
[ "$(ls theirs)" = letter ] || fail "merge wrote into theirs: $(ls theirs)"
expect 2 "$heaptrial merge part1 part1 part2" 'part1 is not empty'
# A series that would be read from, and written to, elsewhere.
cp -r part2 evil
sed 's|series/|../series/|' part2/rows.csv >evil/rows.csv
refused 'a row of evil is not of this run' part1 evil

# Not all of it: the rest can be run.
expect 0 "$heaptrial merge most part1 part3"
expect 0 "$heaptrial run --resume most -q"
all most >got
same expected got 'two parts, and the rest'
