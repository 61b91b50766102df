#include "faults/faulty_child.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/damage.h"
#include "bench/stop.h"

/* The end of what a child says on stderr. */
struct said {
    char text[4096];
    size_t bytes;
};

/* Keeps the end: the older half goes when there is no room. */
static void keep(struct said *said, const char *more, size_t bytes)
{
    const size_t room = sizeof said->text - 1;
    if (said->bytes + bytes > room) {
        const size_t kept = said->bytes < room / 2 ? said->bytes : room / 2;
        memmove(said->text, said->text + said->bytes - kept, kept);
        said->bytes = kept;
    }
    memcpy(said->text + said->bytes, more, bytes);
    said->bytes += bytes;
    said->text[said->bytes] = 0;
}

/* Until nobody has the other end. */
static void hear(int fd, struct said *said)
{
    char more[1024];
    ssize_t n;
    while ((n = read(fd, more, sizeof more)) > 0 || (n < 0 && errno == EINTR)) {
        if (n <= 0)
            continue;
        keep(said, more, (size_t)n);
        if (write(STDERR_FILENO, more, (size_t)n) < 0 && errno == EPIPE)
            return;
    }
}

/* The verdict of a child, from the records that it left in the pipe; its version goes on to our own parent. */
static bool take_records(int fd, struct ht_child_ended *ended)
{
    struct ht_record record;
    bool has_verdict = false;
    while (read(fd, &record, sizeof record) == (ssize_t)sizeof record) {
        if (record.kind == HT_RECORD_VERSION)
            ht_record_send(&record);
        if (record.kind != HT_RECORD_VERDICT)
            continue;
        ended->outcome = record.outcome;
        snprintf(ended->reason, sizeof ended->reason, "%s", record.text);
        has_verdict = true;
    }
    return has_verdict;
}

static void note_last_line(const struct said *said, struct ht_child_ended *ended)
{
    size_t end = said->bytes;
    while (end && said->text[end - 1] == '\n')
        end--;
    const char *const before = end ? memrchr(said->text, '\n', end) : NULL, *const line = before ? before + 1
                                                                                                 : said->text;
    if (end)
        snprintf(ended->reason + strlen(ended->reason), sizeof ended->reason - strlen(ended->reason),
                 ": %.*s", (int)(said->text + end - line), line);
}

static void judge_status(int status, const struct said *said, struct ht_child_ended *ended)
{
    ended->outcome = HT_CRASH;
    if (WIFSIGNALED(status)) {
        ended->outcome = ht_outcome_of_signal(WTERMSIG(status), said->text);
        snprintf(ended->reason, sizeof ended->reason, "SIG%s", sigabbrev_np(WTERMSIG(status)));
    } else {
        snprintf(ended->reason, sizeof ended->reason, "it ended the process with status %d",
                 WEXITSTATUS(status));
    }
    note_last_line(said, ended);
}

_Noreturn static void be_child(int records, int err, void (*live)(const void *life), const void *life)
{
    ht_record_open(records);
    dup2(err, STDERR_FILENO);
    live(life);
    _exit(1);
}

struct ht_child_ended ht_child_run(void (*live)(const void *life), const void *life)
{
    struct ht_child_ended ended = {.outcome = HT_ERROR};
    struct said said = {.bytes = 0};
    int records[2], err[2], status;
    if (pipe2(records, O_CLOEXEC) || pipe2(err, O_CLOEXEC))
        ht_stop(HT_ERROR, "no pipe: %s", strerror(errno));
    fcntl(records[0], F_SETFL, O_NONBLOCK);
    fflush(NULL);
    const pid_t child = fork();
    if (child == 0)
        be_child(records[1], err[1], live, life);
    close(records[1]);
    close(err[1]);
    if (child < 0)
        ht_stop(HT_ERROR, "can't fork: %s", strerror(errno));
    hear(err[0], &said);
    while (waitpid(child, &status, 0) < 0 && errno == EINTR)
        ;
    if (!take_records(records[0], &ended))
        judge_status(status, &said, &ended);
    close(records[0]);
    close(err[0]);
    return ended;
}
