#include "faults/sweep/sweep.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench/run_folder.h"
#include "faults/sweep/manifest.h"

enum { PATH_BYTES = 4096 };

/* ---- what is put on trial ---------------------------------------------------------------------------------------- */

/* A path that holds in any folder; to be freed. */
static int make_absolute(const char *path, const char **out, char why[256])
{
    *out = realpath(path, NULL);
    if (*out)
        return 0;
    snprintf(why, 256, "%.180s: %s", path, strerror(errno));
    return errno == ENOMEM ? -ENOMEM : -EINVAL;
}

int ht_sweep_prepare(struct ht_sweep *s, char why[256])
{
    struct stat about;
    int error = ht_executable_find(s->argv[0], &s->program, why);
    if (!error)
        error = ht_executable_takes_preload(&s->program, why);
    if (error)
        return -EINVAL;
    if (s->folder && (stat(s->folder, &about) || !S_ISDIR(about.st_mode))) {
        snprintf(why, 256, "--workdir: %.180s is no folder", s->folder);
        return -EINVAL;
    }
    error = make_absolute(s->program.path, &s->trial.program, why);
    if (!error)
        error = make_absolute(s->input ? s->input : "/dev/null", &s->trial.input, why);
    if (!error && access(s->trial.input, R_OK)) {
        snprintf(why, 256, "%.180s: %s", s->input, strerror(errno));
        error = -EINVAL;
    }
    s->trial.argv = s->argv;
    s->trial.env = (char *const *)s->env;
    s->files.folder = s->folder;
    if (!error && !s->folder)
        error = ht_sandbox_files_of(s->argv, &s->files);
    return error ? error : ht_sandboxes_open(s->base, why);
}

/* ---- the folder of the rows -------------------------------------------------------------------------------------- */

struct output {
    struct ht_run_folder folder;
    int rows; /* -1: none are kept */
};

static int say_path(const char *path, int error, char why[256])
{
    snprintf(why, 256, "%.180s: %s", path, strerror(-error));
    return error;
}

/* A last line that was cut off goes. */
static int cut_torn_line(int fd)
{
    off_t end = lseek(fd, 0, SEEK_END);
    char last;
    while (end > 0 && pread(fd, &last, 1, end - 1) == 1 && last != '\n')
        end--;
    return ftruncate(fd, end) ? -errno : 0;
}

static int open_rows(struct ht_sweep *s, struct output *o, char why[256])
{
    char path[PATH_BYTES];
    snprintf(path, sizeof path, "%s/rows.csv", s->output);
    o->rows = open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
    if (o->rows < 0)
        return say_path(path, -errno, why);
    const size_t head = strlen(ht_sweep_columns);
    int error = cut_torn_line(o->rows);
    if (!error && lseek(o->rows, 0, SEEK_END) == 0 && write(o->rows, ht_sweep_columns, head) != (ssize_t)head)
        error = -(errno ? errno : ENOSPC);
    if (error)
        return say_path(path, error, why);
    error = s->resume ? ht_sweep_rows_read(path, &s->rows) : 0;
    s->resumed = s->rows.rows;
    return error == -EPROTO ? (snprintf(why, 256, "%.180s holds no rows of a sweep", path), -EINVAL)
           : error          ? say_path(path, error, why)
                            : 0;
}

static int open_output(struct ht_sweep *s, struct output *o, char why[256])
{
    *o = (struct output){.rows = -1, .folder.lock_fd = -1};
    if (!s->output)
        return 0;
    int error = ht_run_folder_open(&o->folder, s->output, s->resume, why);
    if (error)
        return error;
    error = s->resume ? 0 : ht_sweep_manifest_write(s, why);
    s->is_begun = !error;
    return error ? error : open_rows(s, o, why);
}

static void close_output(struct ht_sweep *s, struct output *o)
{
    if (o->rows >= 0)
        close(o->rows);
    if (s->output && o->folder.path)
        ht_run_folder_close(&o->folder);
}

/* ---- from one end to the other ------------------------------------------------------------------------------------ */

static void on_signal(int number)
{
    (void)number;
    ht_trial_interrupt = 1;
}

static void catch_signals(void)
{
    static const int numbers[] = {SIGINT, SIGTERM, SIGHUP};
    const struct sigaction action = {.sa_handler = on_signal};
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        sigaction(numbers[i], &action, NULL);
    signal(SIGPIPE, SIG_IGN);
}

void ht_sweep_say_full(const struct ht_sweep *s, char why[256])
{
    snprintf(why, 256,
             "the disk of %.120s is full, and what a program does there says nothing of its allocations",
             s->base);
}

int ht_sweep_run(struct ht_sweep *s, char why[256])
{
    struct output output = {.rows = -1, .folder.lock_fd = -1};
    catch_signals();
    int error = ht_sweep_prepare(s, why);
    if (!error)
        error = open_output(s, &output, why);
    if (!error)
        error = ht_names_open(&s->names);
    if (!error)
        error = ht_sweep_observe(s, why);
    if (!error)
        error =
            ht_points_choose(s->recording.control, s->modes, s->exhaustive || s->plain, s->seed, &s->points);
    if (!error)
        error = ht_sweep_work(s, output.rows, why);
    close_output(s, &output);
    if (error && !*why)
        snprintf(why, 256, "%s", strerror(-error));
    return error;
}

void ht_sweep_close(struct ht_sweep *s)
{
    if (*s->base)
        ht_sandboxes_close(s->base);
    ht_control_close(&s->recording);
    ht_normal_free(&s->normal);
    ht_points_free(&s->points);
    ht_sweep_rows_free(&s->rows);
    ht_names_close(s->names);
    free((void *)s->files.files);
    free((void *)s->trial.program);
    free((void *)s->trial.input);
}
