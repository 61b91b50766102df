#!/bin/sh
# Every cell by hand is a Google Benchmark program: valid JSON, its own help, and no flag that it swallows.
. tests/cli/lib.sh
for cell in "$build"/cells/*; do
    [ -f "$cell" ] && [ -x "$cell" ] || continue
    name=${cell##*/}
    plugin=
    [ "$name" != plugin-allocator ] || plugin=--heaptrial_plugin=$build/plugins/skeleton.so
    [ "$name" != plugin-collector ] || plugin=--heaptrial_plugin=$build/plugins/skeleton_collector.so
    strategy=${name%-asan} # the same cell, built for AddressSanitizer
    workload=build-release
    $heaptrial list collectors | grep -q "^  $name " && workload=binary-trees
    "$cell" $plugin --benchmark_filter="^($workload|fixed-churn)/" --benchmark_min_time=0.001 --benchmark_format=json \
        >"$tmp/json" 2>"$tmp/err" || fail "$name: exit $?: $(cat "$tmp/err")"
    grep -q "\"strategy\": \"$strategy\"" "$tmp/json" || fail "$name does not say which strategy it is"
    grep -q "\"name\": \"$workload/mutators:1/" "$tmp/json" || fail "$name did not run $workload"
    grep -qiE ': -?(nan|inf)' "$tmp/json" && fail "$name: a figure that JSON has no word for"
    if command -v python3 >/dev/null; then
        python3 -m json.tool <"$tmp/json" >/dev/null || fail "$name: no JSON"
    fi
    expect 0 "$cell --help"
    grep -q -- '--heaptrial_verify' "$tmp/out" || fail "$name --help: $(cat "$tmp/out")"
    expect 2 "$cell --no-such-flag" '--no-such-flag is not understood; see --help'
done
# The CSV reporter too, when the first workload is one that the strategy can't run.
"$build/cells/arena" --benchmark_filter='^(larson|build-release)/' --benchmark_min_time=0.001 --benchmark_format=csv \
    >"$tmp/csv" 2>"$tmp/err" || fail "arena as CSV: exit $?: $(cat "$tmp/err")"
grep -q '^"build-release/' "$tmp/csv" || fail "arena as CSV: $(cat "$tmp/csv")"
# A heap that can't be opened is an error in the JSON, not half of one.
"$build/cells/plugin-allocator" --benchmark_filter='^fixed-churn/' --benchmark_format=json >"$tmp/json" ||
    fail "no plug-in: exit $?"
grep -q '"error_message": "plugin-allocator needs the .so' "$tmp/json" || fail "no plug-in: $(tail -n 8 "$tmp/json")"
cell=$build/cells/malloc
for flag in extra --benchmark_no=1 --heaptrial_no=1 --heaptrial_pass=x --heaptrial_threads=1e3 --heaptrial_verify=2 \
    --heaptrial_iterations=99999999999999999999 --heaptrial_seed=-1 --heaptrial_fd=x; do
    expect 2 "$cell $flag" 'is not understood; see --help'
done
expect 2 "$cell --heaptrial_threads=0" '--heaptrial_threads takes'
expect 2 "$cell --heaptrial_threads=257" '--heaptrial_threads takes'
expect 2 "$cell --heaptrial_repetitions=1000" '--heaptrial_repetitions takes'
expect 2 "$cell --heaptrial_workload=larsen" 'no such workload'
expect 2 "$cell --heaptrial_workload=larson --heaptrial_params=slots=0" 'slots of larson is a whole number'
