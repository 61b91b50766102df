#include "bench/suite.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/nearest.h"
#include "bench/mutators/faulty.h"
#include "bench/mutators/list.h"
#include "bench/workloads/faulty.h"
#include "bench/workloads/list.h"

/* A cell is compiled with what it does not have left out. */
#ifdef HT_ONLY_WORKLOADS
#undef HT_MUTATORS
#define HT_MUTATORS(X)
#endif
#ifdef HT_ONLY_MUTATORS
#undef HT_WORKLOADS
#define HT_WORKLOADS(X)
#endif
/* One for faults has a part of either, and none of them plain. */
#ifdef HT_ONLY_FAULTY
#undef HT_WORKLOADS
#undef HT_MUTATORS
#define HT_WORKLOADS(X) HT_FAULTY_WORKLOADS(X)
#define HT_MUTATORS(X)
#endif
#ifdef HT_ONLY_FAULTY_MUTATORS
#undef HT_WORKLOADS
#undef HT_MUTATORS
#define HT_WORKLOADS(X)
#define HT_MUTATORS(X) HT_FAULTY_MUTATORS(X)
#endif
#if defined HT_ONLY_FAULTY || defined HT_ONLY_FAULTY_MUTATORS
#define HT_PLAIN(id) ht_probed_##id
#else
#define HT_PLAIN(id) ht_plain_##id
#endif

#define X(id, ...) extern const struct ht_workload HT_PLAIN(id), ht_probed_##id;
HT_WORKLOADS(X)
HT_MUTATORS(X)
#undef X

static const struct {
    const struct ht_workload *plain, *probed;
    bool is_mutator;
} suite[] = {
#define X(id, ...) {&HT_PLAIN(id), &ht_probed_##id, false},
    HT_WORKLOADS(X)
#undef X
#define X(id, ...) {&HT_PLAIN(id), &ht_probed_##id, true},
        HT_MUTATORS(X)
#undef X
};

size_t ht_suite_count(void)
{
    return sizeof suite / sizeof suite[0];
}

const struct ht_workload *ht_suite_plain(size_t index)
{
    return suite[index].plain;
}

const struct ht_workload *ht_suite_probed(size_t index)
{
    return suite[index].probed;
}

bool ht_suite_is_mutator(size_t index)
{
    return suite[index].is_mutator;
}

int ht_suite_find(const char *name, size_t from)
{
    for (size_t i = from; i < ht_suite_count(); i++)
        if (!strcmp(suite[i].plain->name, name))
            return (int)i;
    return -1;
}

/* A whole number with an optional k, M or G. */
static int parse_value(const char *text, size_t length, uint64_t *value)
{
    char digits[32];
    if (length == 0 || length >= sizeof digits || !isdigit((unsigned char)text[0]))
        return -EINVAL;
    memcpy(digits, text, length);
    digits[length] = 0;
    char *end;
    errno = 0;
    *value = strtoull(digits, &end, 10);
    unsigned shift = 0;
    if (*end)
        shift = *end == 'k' ? 10 : *end == 'M' ? 20 : *end == 'G' ? 30 : 64;
    if (errno || shift == 64 || (*end && end[1]) || *value > UINT64_MAX >> shift)
        return -EINVAL;
    *value <<= shift;
    return 0;
}

static int refuse_param(const struct ht_workload *w, const char *text, size_t length, char why[256])
{
    const char *names[HT_PARAMS_MAX];
    char word[64];
    size_t n = 0;
    for (; w->params[n].name; n++)
        names[n] = w->params[n].name;
    snprintf(word, sizeof word, "%.*s", (int)length, text);
    const char *const nearest = ht_nearest(word, names, n);
    snprintf(why, 256, "%s has no parameter '%s'%s%s%s; heaptrial show workload %s lists them", w->name, word,
             nearest ? ": did you mean " : "", nearest ? nearest : "", nearest ? "?" : "", w->name);
    return -EINVAL;
}

static int set_param(struct ht_job *job, const char *text, size_t length, char why[256])
{
    const struct ht_workload *const w = job->workload;
    const char *const equals = memchr(text, '=', length);
    const size_t name = equals ? (size_t)(equals - text) : length;
    for (int i = 0; w->params[i].name; i++) {
        const struct ht_param *const p = &w->params[i];
        if (strlen(p->name) != name || memcmp(p->name, text, name))
            continue;
        uint64_t value;
        if (!equals || parse_value(equals + 1, length - name - 1, &value) || value < p->min ||
            value > p->max) {
            snprintf(why, 256, "%s of %s is a whole number from %" PRIu64 " to %" PRIu64 ", not '%.*s'",
                     p->name, w->name, p->min, p->max, equals ? (int)(length - name - 1) : 0,
                     equals ? equals + 1 : "");
            return -EINVAL;
        }
        job->value[i] = value;
        return 0;
    }
    return refuse_param(w, text, name, why);
}

int ht_suite_set_params(struct ht_job *job, const char *params, char why[256])
{
    for (int i = 0; job->workload->params[i].name; i++)
        job->value[i] = job->workload->params[i].value;
    while (*params) {
        const size_t length = strcspn(params, " ,:");
        const int error = length ? set_param(job, params, length, why) : 0;
        if (error)
            return error;
        params += length + (params[length] != 0);
    }
    return 0;
}

int ht_suite_heap_bytes(const struct ht_job *job, const char *heap, uint64_t *bytes, char why[256])
{
    const char *const text = heap[0] ? heap : HT_HEAP_DEFAULT;
    const size_t length = strlen(text);
    char *end;
    if (text[length - 1] == 'x') {
        const double factor = strtod(text, &end);
        const double live = (double)(job->workload->live_bytes(job) + job->injected_bytes);
        if (end == text + length - 1 && factor >= 0.1 && factor <= 1000) {
            *bytes = (uint64_t)(factor * live);
            *bytes = *bytes < HT_HEAP_LEAST ? HT_HEAP_LEAST : *bytes;
            return 0;
        }
    } else if (!parse_value(text, length, bytes) && *bytes >= HT_HEAP_LEAST) {
        return 0;
    }
    snprintf(why, 256,
             "a heap is a multiple of what is live, as 1.75x, or bytes from 1M on, as 64M; not '%.40s'",
             text);
    return -EINVAL;
}

int ht_suite_emit_params(const struct ht_job *job, char *out, size_t bytes)
{
    size_t used = 0;
    out[0] = 0;
    for (int i = 0; job->workload->params[i].name; i++) {
        const struct ht_param *const p = &job->workload->params[i];
        if (job->value[i] != p->value && used < bytes)
            used += (size_t)snprintf(out + used, bytes - used, "%s%s=%" PRIu64, used ? " " : "", p->name,
                                     job->value[i]);
    }
    return used < bytes ? 0 : -E2BIG;
}
