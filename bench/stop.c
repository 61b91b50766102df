#include "bench/stop.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "bench/record.h"

static int parent_fd = -1;

void ht_record_open(int fd)
{
    parent_fd = fd;
}

int ht_record_is_open(void)
{
    return parent_fd >= 0;
}

void ht_record_send(struct ht_record *record)
{
    if (parent_fd < 0)
        return;
    record->magic = HT_RECORD_MAGIC;
    ssize_t n;
    do
        n = write(parent_fd, record, sizeof *record);
    while (n < 0 && errno == EINTR);
    if (n != (ssize_t)sizeof *record)
        _exit(1); /* the parent is gone: nobody wants the rest */
}

void ht_record_send_text(enum ht_record_kind kind, const char *text)
{
    struct ht_record record = {.kind = kind};
    snprintf(record.text, sizeof record.text, "%s", text);
    ht_record_send(&record);
}

void ht_stop(enum ht_outcome outcome, const char *format, ...)
{
    struct ht_record record = {.kind = HT_RECORD_VERDICT, .outcome = outcome};
    va_list args;
    va_start(args, format);
    vsnprintf(record.text, sizeof record.text, format, args);
    va_end(args);
    if (ht_record_is_open()) {
        ht_record_send(&record);
        _exit(0);
    }
    dprintf(STDERR_FILENO, "heaptrial: %s: %s\n", ht_outcome_word(outcome), record.text);
    _exit(3);
}

void ht_stop_oom(size_t bytes)
{
    ht_stop(HT_OOM, "the strategy returned NULL for %zu bytes", bytes);
}

void ht_stop_corrupt(const void *p, size_t bytes)
{
    ht_stop(HT_CORRUPT, "an object of %zu bytes at %p does not hold what was written to it", bytes, p);
}
