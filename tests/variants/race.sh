#!/bin/sh
# The workloads that hand objects from thread to thread, every byte checked, in cells built by ThreadSanitizer.
set -u
bad=0
for cell in malloc slab; do
    for workload in larson xmalloc-test mstress; do
        echo "$cell $workload"
        "$HT_BUILD/cells/$cell" --heaptrial_workload=$workload --heaptrial_threads=2 --heaptrial_pass=latency \
            --heaptrial_verify=1 --heaptrial_iterations=2 --benchmark_min_time=0.01 || bad=1
    done
done
exit $bad
