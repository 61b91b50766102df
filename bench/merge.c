#include "bench/merge.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bench/manifest.h"
#include "bench/run_folder.h"
#include "results/file.h"
#include "results/row.h"

/* The run that is being put together. */
struct joint {
    struct ht_run_folder folder;
    struct ht_plan plan;   /* of the first part, as one shard */
    struct ht_rows *rows;  /* of each part */
    size_t parts, planned; /* planned: rows of the whole run */
    uint8_t *seen;         /* a byte for each round and cell */
    json_t *manifest, *machines;
    int rows_fd;
    char *why;
};

static int say(const struct joint *j, int error, const char *what, const char *path)
{
    snprintf(j->why, 256, "%s %.150s: %s", what, path, strerror(-error));
    return error;
}

/* ---- reading and judging the parts ---- */

/* Each part has calibrated for itself; what it ran is what counts. */
static void take_iterations(struct joint *j, const struct ht_plan *part)
{
    json_t *const groups = json_object_get(j->manifest, "groups");
    for (size_t i = part->shard - 1; i < part->groups; i += part->shards)
        json_object_set_new(json_array_get(groups, i), "iterations",
                            json_integer((json_int_t)part->group[i].iterations));
}

/* The first part says what run it is; the others must agree. */
static int join_plan(struct joint *j, const struct ht_plan *plan, json_t *own, const char *part)
{
    if (j->manifest && strcmp(j->plan.run, plan->run)) {
        snprintf(j->why, 256, "%.200s is a part of another run", part);
        return -EINVAL;
    }
    if (!j->manifest) {
        j->manifest = json_incref(own);
        j->plan = *plan;
        j->plan.group = NULL;
        j->plan.shard = j->plan.shards = 1;
        j->seen = calloc(ht_plan_cells(plan) * plan->rounds + 1, 1);
        for (size_t i = 0; i < plan->groups; i++)
            j->planned += plan->group[i].rounds * plan->strategies;
    }
    json_array_append(j->machines, json_object_get(own, "machine"));
    take_iterations(j, plan);
    return j->seen ? 0 : -ENOMEM;
}

static int take_manifest(struct joint *j, const char *part)
{
    struct ht_manifest m;
    int error = ht_manifest_read(&m, part, j->why);
    if (error)
        return error;
    char path[4200];
    json_error_t problem;
    snprintf(path, sizeof path, "%s/manifest.json", part);
    json_t *const own = json_load_file(path, 0, &problem);
    error = own ? join_plan(j, &m.plan, own, part) : say(j, -ENOMEM, "can't read", path);
    json_decref(own);
    ht_plan_close(&m.plan);
    return error;
}

/* Of this run, and with a series, if any, that stands where it should. */
static bool is_ours(const struct joint *j, const struct ht_row *row)
{
    return row->round >= 1 && row->round <= j->plan.rounds && row->cell >= 1 &&
           row->cell <= ht_plan_cells(&j->plan) && !strcmp(row->run, j->plan.run) &&
           (!row->series[0] || (!strncmp(row->series, "series/", 7) && !strchr(row->series + 7, '/')));
}

static int judge_row(struct joint *j, const char *part, const struct ht_row *row)
{
    if (!is_ours(j, row)) {
        snprintf(j->why, 256, "a row of %.200s is not of this run", part);
        return -EINVAL;
    }
    uint8_t *const seen = &j->seen[(row->round - 1) * ht_plan_cells(&j->plan) + row->cell - 1];
    if (*seen) {
        snprintf(j->why, 256, "%.150s holds round %u of cell %u, which an earlier part holds too", part,
                 (unsigned)row->round, (unsigned)row->cell);
        return -EINVAL;
    }
    *seen = 1;
    return 0;
}

static int take_part(struct joint *j, const char *part, struct ht_rows *rows)
{
    char path[4200];
    snprintf(path, sizeof path, "%s/rows.csv", part);
    int error = take_manifest(j, part);
    if (!error)
        error = ht_rows_read(path, rows, j->why);
    for (size_t i = 0; i < rows->count && !error; i++)
        error = judge_row(j, part, &rows->row[i]);
    return error;
}

/* ---- writing the whole ---- */

static int open_joint(struct joint *j)
{
    char path[4200];
    snprintf(path, sizeof path, "%s/series", j->folder.path);
    if (mkdir(path, 0777))
        return say(j, -errno, "can't make the folder", path);
    snprintf(path, sizeof path, "%s/rows.csv", j->folder.path);
    j->rows_fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0666);
    if (j->rows_fd < 0)
        return say(j, -errno, "can't make", path);
    const int error = ht_row_header(j->rows_fd);
    return error ? say(j, error, "can't write", path) : 0;
}

static int copy_series(const struct joint *j, const char *part, const char *series)
{
    char from[4400], to[4400], *text;
    size_t bytes;
    snprintf(from, sizeof from, "%s/%s", part, series);
    snprintf(to, sizeof to, "%s/%s", j->folder.path, series);
    int error = ht_file_read(from, &text, &bytes);
    if (error)
        return say(j, error, "can't read", from);
    struct ht_file file;
    error = ht_file_open(&file, to);
    if (!error) {
        fwrite(text, 1, bytes, file.out);
        error = ht_file_close(&file);
    }
    free(text);
    return error ? say(j, error, "can't write", to) : 0;
}

static int write_part(struct joint *j, const char *part, const struct ht_rows *rows)
{
    int error = 0;
    for (size_t i = 0; i < rows->count && !error; i++) {
        const struct ht_row *const row = &rows->row[i];
        error = row->series[0] ? copy_series(j, part, row->series) : 0;
        if (error)
            break;
        error = ht_row_append(j->rows_fd, row);
        if (error)
            say(j, error, "can't write rows.csv in", j->folder.path);
    }
    return error;
}

/* That of the first part, as one shard, with all machines. */
static int write_manifest(const struct joint *j)
{
    char path[4200];
    snprintf(path, sizeof path, "%s/manifest.json", j->folder.path);
    json_object_set_new(j->manifest, "shard", json_integer(1));
    json_object_set_new(j->manifest, "shards", json_integer(1));
    json_object_set(j->manifest, "machines", j->machines);
    errno = 0;
    return json_dump_file(j->manifest, path, JSON_INDENT(1))
               ? say(j, -(errno ? errno : EIO), "can't write", path)
               : 0;
}

/* Takes back what was written, so that nobody takes a part for the whole. */
static void remove_joint(const struct joint *j)
{
    static const char *const names[] = {"rows.csv", "manifest.json"};
    char path[4400];
    for (size_t part = 0; part < j->parts; part++)
        for (size_t i = 0; i < j->rows[part].count; i++)
            if (j->rows[part].row[i].series[0]) {
                snprintf(path, sizeof path, "%s/%s", j->folder.path, j->rows[part].row[i].series);
                unlink(path);
            }
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        snprintf(path, sizeof path, "%s/%s", j->folder.path, names[i]);
        unlink(path);
    }
    snprintf(path, sizeof path, "%s/series", j->folder.path);
    rmdir(path);
}

static int write_joint(struct joint *j, const char *folder, const char *const *parts)
{
    int error = ht_run_folder_open(&j->folder, folder, false, j->why);
    if (error)
        return error;
    error = open_joint(j);
    for (size_t i = 0; i < j->parts && !error; i++)
        error = write_part(j, parts[i], &j->rows[i]);
    if (!error)
        error = write_manifest(j);
    if (j->rows_fd >= 0)
        close(j->rows_fd);
    if (error)
        remove_joint(j);
    ht_run_folder_close(&j->folder);
    return error;
}

int ht_merge(const char *folder, const char *const *parts, size_t n, size_t *missing, char why[256])
{
    struct joint j = {.rows_fd = -1, .parts = n, .why = why, .machines = json_array()};
    j.rows = calloc(n, sizeof *j.rows);
    int error = j.rows ? 0 : -ENOMEM;
    why[0] = 0;
    for (size_t i = 0; i < n && !error; i++)
        error = take_part(&j, parts[i], &j.rows[i]);
    if (!error)
        error = write_joint(&j, folder, parts);
    if (error && !why[0])
        snprintf(why, 256, "%s", strerror(-error));
    *missing = j.planned;
    for (size_t i = 0; j.rows && i < n; i++) {
        *missing -= j.rows[i].count < *missing ? j.rows[i].count : *missing;
        ht_rows_free(&j.rows[i]);
    }
    free(j.rows);
    json_decref(j.manifest);
    json_decref(j.machines);
    free(j.seen);
    return error;
}
