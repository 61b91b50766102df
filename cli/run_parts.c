#include "cli/run_parts.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "cli/cli.h"

/* What is on trial: a library, or a cell that was built for it. */
static const char *subject_of(const struct ht_strategy *s)
{
    return s->spelled[0] && !s->library[0] ? s->cell : s->library;
}

void ht_run_describe(struct ht_manifest *m, uint64_t memory_bytes, int argc, char **argv)
{
    for (size_t i = 0; i < m->plan.strategies; i++)
        ht_digest_file(subject_of(&m->plan.strategy[i]), m->plan.strategy[i].digest);
    ht_machine_read(&m->machine);
    m->plan.memory_bytes = memory_bytes ? memory_bytes : m->machine.available_bytes / 4 * 3;
    const time_t now = time(NULL);
    strftime(m->created, sizeof m->created, "%Y-%m-%dT%H:%M:%SZ", gmtime(&now));
    size_t used = 0;
    for (int i = 0; i < argc && used < sizeof m->command; i++)
        used += (size_t)snprintf(m->command + used, sizeof m->command - used, "%s%s", i ? " " : "", argv[i]);
}

const char *ht_run_new_folder(const char *under, char *out, size_t bytes)
{
    char name[32], latest[64], temporary[80];
    const time_t now = time(NULL);
    strftime(name, sizeof name, "%Y%m%d-%H%M%S", localtime(&now));
    mkdir("results", 0777);
    snprintf(out, bytes, "results/%s", under);
    mkdir(out, 0777);
    snprintf(latest, sizeof latest, "results/%s/latest", under);
    snprintf(temporary, sizeof temporary, "%s.tmp", latest);
    snprintf(out, bytes, "results/%s/%s", under, name);
    for (int i = 2; mkdir(out, 0777) && errno == EEXIST && i < 100; i++)
        snprintf(out, bytes, "results/%s/%s-%d", under, name, i);
    unlink(temporary);
    if (symlink(strrchr(out, '/') + 1, temporary) || rename(temporary, latest))
        ht_say(0, "can't make %s: %s", latest, strerror(errno));
    return out;
}

int ht_run_end(const struct ht_runner *runner, const char *command, int error, const char *why)
{
    if (error == -EINTR && !runner->begun)
        return ht_say(HT_EXIT_FAILED, "stopped before the first cell: there is nothing to go on with");
    if (error == -EINTR)
        return ht_say(HT_EXIT_FAILED,
                      "stopped; the %zu rows so far are whole. Go on with:  heaptrial %s --resume %s",
                      runner->rows, command, runner->folder);
    const bool is_usage = error == -EEXIST || error == -ENOTDIR || error == -EPROTO || error == -EINVAL ||
                          error == -ENAMETOOLONG;
    if (error)
        return ht_say(is_usage ? HT_EXIT_USAGE : HT_EXIT_FAILED, "%s", why);
    return HT_EXIT_GOOD;
}

int ht_run_refuse_changed(const struct ht_plan *plan, char why[256])
{
    for (size_t i = 0; i < plan->strategies; i++) {
        const struct ht_strategy *const s = &plan->strategy[i];
        char now[24];
        ht_digest_file(subject_of(s), now);
        if (!strcmp(now, s->digest))
            continue;
        snprintf(why, 256, "%.180s has changed since this run began: put it back, or start a new run",
                 subject_of(s));
        return -ESTALE;
    }
    return 0;
}
