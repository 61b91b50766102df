#include "bench/progress.h"

#include <stdio.h>
#include <unistd.h>

#include "base/clock.h"

enum { BAR = 24 };

static const uint64_t line_every_ns = 15000000000u, bar_every_ns = 100000000u;

void ht_progress_open(struct ht_progress *progress, bool quiet)
{
    *progress = (struct ht_progress){.quiet = quiet, .tty = isatty(STDERR_FILENO), .step_ns = ht_wall_ns()};
}

void ht_progress_expect(struct ht_progress *progress, size_t sort)
{
    progress->sort[sort % HT_PROGRESS_SORTS].left++;
}

void ht_progress_step(struct ht_progress *progress, size_t sort)
{
    struct ht_progress_sort *const s = &progress->sort[sort % HT_PROGRESS_SORTS];
    const uint64_t now = ht_wall_ns();
    s->ns += now - progress->step_ns;
    s->done++;
    s->left -= s->left > 0;
    progress->step_ns = now;
}

double ht_progress_left_ns(const struct ht_progress *progress)
{
    double ns = 0, done = 0, left = 0;
    for (size_t i = 0; i < HT_PROGRESS_SORTS; i++) {
        ns += (double)progress->sort[i].ns;
        done += (double)progress->sort[i].done;
    }
    if (!(done > 0))
        return -1;
    for (size_t i = 0; i < HT_PROGRESS_SORTS; i++) {
        const struct ht_progress_sort *const s = &progress->sort[i];
        left += (double)s->left * (s->done ? (double)s->ns / (double)s->done : ns / done);
    }
    return left;
}

/* "1:05 left"; nothing while that is unknown. */
static void format_left(const struct ht_progress *p, char out[32])
{
    const double ns = ht_progress_left_ns(p);
    const unsigned long left = (unsigned long)(ns / 1e9 + 0.5);
    out[0] = 0;
    if (ns < 0)
        return;
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
    format_left(p, left);
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
