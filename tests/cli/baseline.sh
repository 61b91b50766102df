#!/bin/sh
# The baseline of a run, lists that are given twice, and libraries that change between a run and its resumption.
. tests/cli/lib.sh
bump=$build/plugins/bump.so
run="$heaptrial run -w fixed-churn -p throughput $tiny"
expect 2 "$run -a null,system --baseline sistem -o $tmp/a" "the baseline 'sistem' is not among .* did you mean system"
[ -e "$tmp/a" ] && fail 'a refused baseline left a folder'
expect 2 "$run -a null --baseline system -o $tmp/a" "the baseline 'system' is not among"
expect 0 "$run -a null -a plugin:$bump --baseline plugin:$bump -o $tmp/b"
grep -q 'time / plugin:bump' "$tmp/out" || fail "the baseline is another one: $(cat "$tmp/out")"
[ "$(columns "$tmp/b/rows.csv" strategy | sort -u | tr '\n' ' ')" = 'null plugin:bump ' ] || fail 'the first -a was lost'

# Rows of two builds of one library do not stand in one run.
cp "$bump" "$tmp/mine.so"
expect 0 "$run -a null,plugin:$tmp/mine.so -o $tmp/c"
cp "$build/plugins/skeleton.so" "$tmp/mine.so"
expect 2 "$heaptrial run --resume $tmp/c -q" 'mine.so has changed since this run began'
cp "$bump" "$tmp/mine.so"
expect 0 "$heaptrial run --resume $tmp/c -q"

# A heap that is broken at the end of a cell is corrupt, whatever the pass.
expect 0 "$run -a plugin:$build/plugins/badcheck.so -o $tmp/d"
[ "$(columns "$tmp/d/rows.csv" outcome | sort -u)" = corrupt ] || fail 'a broken heap went unseen'
