#!/bin/sh
# The windows after the cold one find the heap as the one before left it, in a strategy that is compiled in as
# in malloc: pages that it keeps are not faulted in again.
. tests/cli/lib.sh
$heaptrial run -a slab,pymalloc -w threadtest -p throughput --window 0.5 --rounds 1 --repetitions 3 -q \
    -o "$tmp/run" >"$tmp/out" || fail "exit $?"
columns "$tmp/run/rows.csv" strategy workload outcome minor_faults >"$tmp/rows"
[ "$(wc -l <"$tmp/rows")" = 2 ] || fail "rows: $(cat "$tmp/rows")"
awk -F '\t' '$3 != "ok" || $4 > 16' "$tmp/rows" | grep . && fail 'page faults in a warm window'
exit 0
