#!/bin/sh
# Ctrl-C and SIGTERM: the rows are whole, the way to go on is said, and nothing runs on. nohup is respected.
. tests/cli/lib.sh
plan="-a null,system -w fixed-churn:slots=10 -p throughput --window 2 --rounds 40 --repetitions 3 --env HT_MARK=$tmp -q"

# start DIR: in the background, where sh would have SIGINT ignored.
start() {
    env --default-signal=INT,HUP $heaptrial run $plan -o "$1" 2>"$tmp/err" &
    runner=$!
}

# until_rows DIR: waits for the third row.
until_rows() {
    while kill -0 $runner 2>/dev/null && [ "$(wc -l 2>/dev/null <"$1/rows.csv" || echo 0)" -lt 4 ]; do
        sleep 0.05
    done
}

for signal in INT TERM HUP; do
    start "$tmp/$signal"
    until_rows "$tmp/$signal"
    kill -$signal $runner
    wait $runner
    status=$?
    [ $status = 1 ] || fail "SIG$signal: exit $status, not 1"
    grep -q -- "--resume $tmp/$signal" "$tmp/err" || fail "SIG$signal does not say how to go on: $(cat "$tmp/err")"
    rows=$(($(wc -l <"$tmp/$signal/rows.csv") - 1))
    grep -q "the $rows rows" "$tmp/err" || fail "SIG$signal: there are $rows rows: $(cat "$tmp/err")"
    none_left "HT_MARK=$tmp"
done
expect 0 "$heaptrial run --resume $tmp/INT -q"
[ "$(cells "$tmp/INT" | cut -f1,3 | uniq -d | wc -l)" = 0 ] || fail "a cell ran twice"
[ "$(cells "$tmp/INT" | wc -l)" = 80 ] || fail "$(cells "$tmp/INT" | wc -l) rows, not 80"

# Before the first cell there is nothing to go on with, and nothing is left.
env --default-signal=INT $heaptrial run -a null -w larson --window 100000 --env HT_MARK=$tmp -q -o "$tmp/early" \
    2>"$tmp/err" &
runner=$!
while kill -0 $runner 2>/dev/null && [ -z "$(marked "HT_MARK=$tmp")" ]; do sleep 0.02; done
kill -INT $runner
wait $runner
[ $? = 1 ] || fail "stopped early: exit $?, not 1"
grep -q 'nothing to go on with' "$tmp/err" || fail "stopped early: $(cat "$tmp/err")"
[ -e "$tmp/early" ] && fail "stopped early: the folder is left: $(ls -a "$tmp/early")"
none_left "HT_MARK=$tmp"

# nohup: the run outlives the terminal.
nohup $heaptrial run -a null -w fixed-churn:slots=10 -p throughput $tiny -o "$tmp/nohup" >/dev/null 2>&1 &
runner=$!
sleep 0.2
kill -HUP $runner 2>/dev/null
wait $runner || fail "nohup: exit $?"
