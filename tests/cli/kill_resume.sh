#!/bin/sh
# kill -9 at random moments: no (round, cell) is lost, none doubled, and what was started dies with the runner.
. tests/cli/lib.sh
seed=${HT_TEST_SEED:-$(date +%s)}
echo "replay: HT_TEST_SEED=$seed $0"
plan="-a null,system,pool -w fixed-churn:slots=10:ops=100,fixed-churn:slots=20,shared-segment
    -p throughput,memory:2,latency:1 --window 0.2 --rounds 30 --repetitions 1 --env HT_MARK=$tmp -q"

# A moment below $1 seconds, the $2-th of this seed.
moment() {
    awk -v seed="$seed" -v n="$2" -v most="$1" \
        'BEGIN { srand(seed + n); rand(); printf "%.3f", rand() * most }'
}

killed=0 resumed=0
kill_after() {
    sleep "$1"
    kill -9 $runner 2>/dev/null && killed=$((killed + 1))
    wait $runner 2>/dev/null
    none_left "HT_MARK=$tmp"
}

$heaptrial run $plan -o "$tmp/whole" || fail "the uninterrupted run: exit $?"
cells "$tmp/whole" >"$tmp/expected"

# Until it has a manifest it starts again in the same folder, afterwards it is resumed.
for i in 1 2 3; do
    $heaptrial run $plan -o "$tmp/run" 2>/dev/null &
    runner=$!
    kill_after "$(moment 0.3 $i)"
    [ -f "$tmp/run/manifest.json" ] && break
done
if [ ! -f "$tmp/run/manifest.json" ]; then
    $heaptrial run $plan -o "$tmp/run" 2>"$tmp/err" &
    runner=$!
    while kill -0 $runner 2>/dev/null && ! [ -f "$tmp/run/manifest.json" ]; do sleep 0.02; done
    kill_after 0.1
fi
for i in 4 5 6 7 8 9 10 11 12 13 14 15; do
    $heaptrial run --resume "$tmp/run" -q 2>/dev/null &
    runner=$!
    kill_after "$(moment 0.3 $i)"
    resumed=$((resumed + 1))
done
expect 0 "$heaptrial run --resume $tmp/run -q"
[ $killed -ge 5 ] || fail "only $killed runners were there to be killed"
echo "$killed killed, $resumed resumed, $(wc -l <"$tmp/expected") rows"
cells "$tmp/run" >"$tmp/got"
same "$tmp/expected" "$tmp/got" "rows of the resumed run"
bad=$(columns "$tmp/run/rows.csv" outcome strategy reason | grep -vE '^(ok|unsupported)')
[ -z "$bad" ] || fail "rows that are not ok: $bad"
find "$tmp/run" -name '*.tmp' | grep . && fail "temporary files are left"
# Resuming what is complete changes nothing.
cp "$tmp/run/rows.csv" "$tmp/before"
expect 0 "$heaptrial run --resume $tmp/run -q"
same "$tmp/before" "$tmp/run/rows.csv" "rows after resuming a complete run"
