#!/bin/sh
# rc-cpython and the real one: on the same operations the same collections, and the same objects freed. The heap is so
# large that neither collects for its sake.
. tests/cli/lib.sh
[ -x "$build/cells/cpython" ] || skip 'there is no libpython3.11'
$heaptrial run -a rc-cpython,cpython -w rings,rings:length=7,doubly-linked,parent-tree,churn,binary-trees --heap 64x \
    -p throughput --window 20 --rounds 1 -q -o "$tmp/run" >"$tmp/out" || fail "exit $?"
for name in rc-cpython cpython; do
    columns "$tmp/run/rows.csv" strategy workload params outcome iterations collections minor_collections \
        freed_objects | grep "^$name	" | cut -f 2- | sort >"$tmp/$name"
done
[ "$(wc -l <"$tmp/cpython")" = 6 ] || fail "rows: $(cat "$tmp/cpython")"
grep -v '	ok	' "$tmp/cpython" "$tmp/rc-cpython" && fail 'not every outcome is ok'
same "$tmp/cpython" "$tmp/rc-cpython" 'other collections than CPython has'
exit 0
