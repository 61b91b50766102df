#!/bin/sh
# The harness allocates nothing in the window: four times the iterations make not one call of malloc more.
. tests/cli/lib.sh
counter=$build/count_malloc.so

# calls CELL WORKLOAD ITERATIONS PASS THREADS: of malloc, calloc, realloc and free, in the whole process. Records
# go into a pipe, as under `heaptrial run`.
calls() {
    head -c 8 /dev/zero >"$tmp/count"
    { env LD_PRELOAD="$counter" HT_COUNT_FILE="$tmp/count" "$build/cells/$1" --heaptrial_workload="$2" \
        --heaptrial_iterations="$3" --heaptrial_pass="$4" --heaptrial_threads="$5" --heaptrial_fd=3 \
        3>&1 >/dev/null 2>"$tmp/err" || fail "$1 $2: exit $?: $(cat "$tmp/err")"; } | wc -c >"$tmp/records"
    [ "$(cat "$tmp/records")" -gt 0 ] || fail "$1 $2 sent no record"
    od -A n -t d8 "$tmp/count" | tr -d ' '
}

# These call no malloc themselves: null never does, pool when it grows, which is before the window.
for pass in throughput latency memory; do
    for threads in 1 2; do
        for case in null/fixed-churn null/alloc-test pool/fixed-churn; do
            [ $threads = 1 ] || [ $case != pool/fixed-churn ] || continue
            few=$(calls ${case%/*} ${case#*/} 10 $pass $threads)
            many=$(calls ${case%/*} ${case#*/} 40 $pass $threads)
            [ "$few" -gt 0 ] || fail "$case: the counter counted nothing"
            [ "$few" = "$many" ] || fail "$case $pass, $threads threads: $few calls with 10 iterations, $many with 40"
        done
    done
done
# The counter does count what happens in a window.
few=$(calls malloc fixed-churn 10 throughput 1)
many=$(calls malloc fixed-churn 40 throughput 1)
[ $((many - few)) -gt 1000000 ] || fail "malloc: $few calls with 10 iterations, $many with 40"
