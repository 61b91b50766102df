#include "bench/sampler.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/scratch.h"
#include "bench/probe.h"

/* A sample every `interval` operations, and when the buffer is full every other one goes and the interval
 * doubles. */
static struct {
    struct ht_sample *sample;
    unsigned used;
    uint64_t interval, started_ns, page_bytes;
    int statm_fd;
    bool has_old_peak; /* the kernel's high water could not be set back */
    struct ht_memory peak;
    pthread_mutex_t lock;
} sampler = {.lock = PTHREAD_MUTEX_INITIALIZER};

static void (*listener)(int64_t bytes);

static _Atomic int64_t live, usable;
static _Atomic uint64_t ops, asked, next, peak_live, peak_usable, sampled_peak;

/* The numbers of /proc/self/statm that count here, in bytes, without the harness's own regions. */
static void read_statm(uint64_t *mapped, uint64_t *resident)
{
    char text[128];
    const ssize_t n = pread(sampler.statm_fd, text, sizeof text - 1, 0);
    text[n > 0 ? n : 0] = 0;
    uint64_t field[6] = {0};
    char *at = text;
    for (int i = 0; i < 6; i++)
        field[i] = strtoull(at, &at, 10);
    const uint64_t page = sampler.page_bytes, own = ht_scratch_bytes();
    *resident = field[1] * page > own ? field[1] * page - own : 0;
    *mapped = field[5] * page > own ? field[5] * page - own : 0;
}

/* The most that was ever resident: VmHWM, which the kernel keeps, and which no sample can miss. */
static uint64_t read_high_water(void)
{
    char text[4096];
    const int fd = open("/proc/self/status", O_RDONLY | O_CLOEXEC);
    const ssize_t n = fd >= 0 ? read(fd, text, sizeof text - 1) : 0;
    if (fd >= 0)
        close(fd);
    text[n > 0 ? n : 0] = 0;
    const char *const line = strstr(text, "VmHWM:");
    const uint64_t bytes = line ? strtoull(line + 6, NULL, 10) << 10 : 0;
    const uint64_t own = ht_scratch_bytes();
    return bytes > own ? bytes - own : 0;
}

static void keep_max(uint64_t *peak, uint64_t value)
{
    if (value > *peak)
        *peak = value;
}

static void keep_peaks(const struct ht_sample *s)
{
    struct ht_memory *const m = &sampler.peak;
    if (s->live > m->at_live.live)
        m->at_live = *s;
    if (s->usable > m->at_usable.usable)
        m->at_usable = *s;
    if (s->resident > m->at_rss.resident)
        m->at_rss = *s;
    keep_max(&m->mapped_peak, s->mapped);
}

static void thin_out(void)
{
    for (unsigned i = 0; i < sampler.used / 2; i++)
        sampler.sample[i] = sampler.sample[2 * i];
    sampler.used /= 2;
    sampler.interval *= 2;
}

void ht_probe_listen(void (*hear)(int64_t bytes))
{
    listener = hear;
}

void ht_sample_now(void)
{
    if (listener)
        return;
    pthread_mutex_lock(&sampler.lock);
    struct ht_sample s = {.t_ns = ht_wall_ns() - sampler.started_ns, .ops = atomic_load(&ops)};
    s.live = (uint64_t)atomic_load(&live);
    s.usable = (uint64_t)atomic_load(&usable);
    read_statm(&s.mapped, &s.resident);
    keep_peaks(&s);
    if (sampler.used == HT_SAMPLES_MAX)
        thin_out();
    sampler.sample[sampler.used++] = s;
    atomic_store(&next, s.ops + sampler.interval);
    pthread_mutex_unlock(&sampler.lock);
}

static void raise_to(_Atomic uint64_t *peak, uint64_t value)
{
    uint64_t was = atomic_load(peak);
    while (value > was && !atomic_compare_exchange_weak(peak, &was, value))
        ;
}

/* What is due is sampled before the next operation, when the program has touched what the last one gave it. A
 * new peak is worth a sample once it is 1 % above the last that was sampled. */
static void sample_if_due(void)
{
    const uint64_t sampled = atomic_load(&sampled_peak), peak = atomic_load(&peak_live);
    if (peak > sampled + sampled / 100)
        atomic_store(&sampled_peak, peak);
    else if (atomic_load(&ops) < atomic_load(&next))
        return;
    ht_sample_now();
}

void ht_probe_count(int64_t bytes, int64_t usable_bytes)
{
    if (listener) {
        listener(bytes);
        return;
    }
    sample_if_due();
    const int64_t now = atomic_fetch_add(&live, bytes) + bytes;
    const int64_t now_usable = atomic_fetch_add(&usable, usable_bytes) + usable_bytes;
    atomic_fetch_add(&ops, 1);
    if (bytes <= 0)
        return;
    atomic_fetch_add(&asked, (uint64_t)bytes);
    raise_to(&peak_live, (uint64_t)now);
    raise_to(&peak_usable, (uint64_t)now_usable);
}

void ht_probe_release(uint64_t bytes)
{
    const int64_t before = atomic_load(&live), all = atomic_load(&usable);
    const int64_t share = before > 0 ? (int64_t)((double)all * (double)bytes / (double)before) : 0;
    ht_probe_count(-(int64_t)bytes, -share);
}

uint64_t ht_sampler_asked(void)
{
    return atomic_load(&asked);
}

int ht_sampler_open(void)
{
    sampler.statm_fd = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
    if (sampler.statm_fd < 0)
        return -errno;
    sampler.sample = ht_scratch_alloc(HT_SAMPLES_MAX * sizeof *sampler.sample);
    sampler.interval = 64;
    sampler.page_bytes = (uint64_t)sysconf(_SC_PAGESIZE);
    return 0;
}

void ht_sampler_start(void)
{
    uint64_t mapped;
    read_statm(&mapped, &sampler.peak.rss_base);
    sampler.started_ns = ht_wall_ns();
}

void ht_sampler_forget_peak(void)
{
    const int fd = open("/proc/self/clear_refs", O_WRONLY | O_CLOEXEC);
    sampler.has_old_peak = fd < 0 || write(fd, "5", 1) != 1;
    if (fd >= 0)
        close(fd);
}

void ht_sampler_drain(void)
{
    ht_sample_now();
    sampler.peak.rss_drain = sampler.sample[sampler.used - 1].resident;
    sampler.peak.rss_peak = sampler.peak.at_rss.resident;
    if (!sampler.has_old_peak)
        keep_max(&sampler.peak.rss_peak, read_high_water());
    sampler.peak.live_peak = atomic_load(&peak_live);
    sampler.peak.usable_peak = atomic_load(&peak_usable);
}

void ht_sampler_send(bool has_usable)
{
    struct ht_record record = {.kind = HT_RECORD_SAMPLE};
    for (unsigned i = 0; i < sampler.used; i++) {
        record.sample = sampler.sample[i];
        ht_record_send(&record);
    }
    record = (struct ht_record){.kind = HT_RECORD_MEMORY};
    record.memory = sampler.peak;
    record.memory.has_usable = has_usable;
    ht_record_send(&record);
}
