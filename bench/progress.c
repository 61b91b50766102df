#include "bench/progress.h"

#include <stdio.h>
#include <unistd.h>

#include "base/clock.h"

enum { BAR = 24 };

static const uint64_t line_every_ns = 15000000000u, bar_every_ns = 100000000u;

void ht_progress_open(struct ht_progress *progress, bool quiet, size_t done_before)
{
    *progress = (struct ht_progress){
        .quiet = quiet,
        .tty = isatty(STDERR_FILENO),
        .started_ns = ht_wall_ns(),
        .done_before = done_before,
    };
}

/* "1:05 left", from the mean pace so far; nothing while that is unknown. */
static void format_left(const struct ht_progress *p, size_t done, size_t all, char out[32])
{
    out[0] = 0;
    if (done <= p->done_before)
        return;
    const double pace = (double)(ht_wall_ns() - p->started_ns) / (double)(done - p->done_before);
    const unsigned long left = (unsigned long)(pace * (double)(all - done) / 1e9 + 0.5);
    if (left >= 3600)
        snprintf(out, 32, "%lu:%02lu:%02lu left", left / 3600, left / 60 % 60, left % 60);
    else
        snprintf(out, 32, "%lu:%02lu left", left / 60, left % 60);
}

void ht_progress_show(struct ht_progress *p, size_t done, size_t all, const char *now)
{
    const uint64_t t = ht_wall_ns();
    if (p->quiet || (p->said_ns && t - p->said_ns < (p->tty ? bar_every_ns : line_every_ns)))
        return;
    p->said_ns = t;
    char left[32];
    format_left(p, done, all, left);
    if (!p->tty) {
        fprintf(stderr, "heaptrial: %zu of %zu, %s; now %s\n", done, all, left[0] ? left : "starting", now);
        return;
    }
    char bar[BAR + 1];
    const size_t full = all ? done * BAR / all : BAR;
    for (size_t i = 0; i < BAR; i++)
        bar[i] = i < full ? '#' : '.';
    bar[BAR] = 0;
    fprintf(stderr, "\r\033[K[%s] %zu/%zu  %-14s %.60s", bar, done, all, left, now);
    fflush(stderr);
}

void ht_progress_close(struct ht_progress *p)
{
    if (!p->quiet && p->tty)
        fputs("\r\033[K", stderr);
}
