#!/bin/sh
# Every workload on every cell of an allocator with every byte stamped and checked, and the heap walked at the end.
# Those of collectors are verified by build/tests/mutators-*.
. tests/cli/lib.sh
for cell in "$build"/cells/*; do
    [ -f "$cell" ] && [ -x "$cell" ] || continue
    "$heaptrial" list collectors | grep -q "^  ${cell##*/} " && continue
    plugin=
    [ "${cell##*/}" != plugin-allocator ] || plugin=--heaptrial_plugin=$build/plugins/skeleton.so
    for threads in 1 2; do
        timeout 60 "$cell" $plugin --heaptrial_verify=1 --heaptrial_iterations=1 --heaptrial_threads=$threads \
            --benchmark_format=json >"$tmp/out" 2>"$tmp/err" ||
            fail "${cell##*/}, $threads threads: exit $?: $(tail -n 2 "$tmp/err")"
    done
done
