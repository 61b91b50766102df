#include "bench/probe.h"

#include "base/scratch.h"
#include "bench/record.h"

static void send_buckets(const struct ht_histogram *h, enum ht_op op, double ns_per_tick)
{
    struct ht_record record = {.kind = HT_RECORD_BUCKET};
    for (unsigned i = 0; i < HT_HISTOGRAM_BUCKETS; i++) {
        if (!h->bucket[i])
            continue;
        record.bucket = (struct ht_bucket){
            .op = op,
            .low_ns = (double)ht_histogram_low(i) * ns_per_tick,
            .high_ns = (double)ht_histogram_low(i + 1) * ns_per_tick,
            .count = h->bucket[i],
        };
        ht_record_send(&record);
    }
}

void ht_probe_send(const struct ht_job *job, const struct ht_tick_rate *rate)
{
    struct ht_histogram *const all = ht_scratch_alloc(sizeof *all);
    for (enum ht_op op = 0; op < HT_OP_KINDS; op++) {
        struct ht_histogram *const kind = ht_scratch_alloc(sizeof *kind);
        for (unsigned i = 0; i < job->threads; i++)
            ht_histogram_merge(kind, &job->workers[i].probe->latency[op]);
        send_buckets(kind, op, rate->ns_per_tick);
        ht_histogram_merge(all, kind);
    }
    const double k = rate->ns_per_tick;
    struct ht_record record = {.kind = HT_RECORD_LATENCY};
    record.latency = (struct ht_latency){
        .p50_ns = ht_histogram_percentile(all, 0.5) * k,
        .p90_ns = ht_histogram_percentile(all, 0.9) * k,
        .p99_ns = ht_histogram_percentile(all, 0.99) * k,
        .p999_ns = ht_histogram_percentile(all, 0.999) * k,
        .p9999_ns = ht_histogram_percentile(all, 0.9999) * k,
        .max_ns = (double)all->max * k,
        .clock_ns = rate->cost_ns,
    };
    ht_record_send(&record);
}
