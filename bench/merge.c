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
#include "results/file.h"
#include "results/row.h"

/* The run that is being put together. */
struct joint {
    const char *folder;
    char run[24];
    size_t cells;
    unsigned rounds;
    uint8_t *seen; /* a byte for each round and cell */
    json_t *manifest, *machines;
    int rows_fd;
    char *why;
};

static int say(const struct joint *j, int error, const char *what, const char *path)
{
    snprintf(j->why, 256, "%s %s: %s", what, path, strerror(-error));
    return error;
}

static int open_joint(struct joint *j)
{
    char path[4200];
    if (mkdir(j->folder, 0777) && errno != EEXIST)
        return say(j, -errno, "can't make the folder", j->folder);
    snprintf(path, sizeof path, "%s/rows.csv", j->folder);
    j->rows_fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0666);
    if (j->rows_fd < 0)
        return say(j, -errno, "can't make", path);
    snprintf(path, sizeof path, "%s/series", j->folder);
    if (mkdir(path, 0777) && errno != EEXIST)
        return say(j, -errno, "can't make the folder", path);
    const int error = ht_row_header(j->rows_fd);
    return error ? say(j, error, "can't write rows.csv in", j->folder) : 0;
}

/* The first part says what run it is; the others must agree. */
static int take_manifest(struct joint *j, const char *part)
{
    struct ht_manifest m;
    const int error = ht_manifest_read(&m, part, j->why);
    if (error)
        return error;
    const bool first = !j->manifest;
    if (first) {
        snprintf(j->run, sizeof j->run, "%s", m.plan.run);
        j->cells = ht_plan_cells(&m.plan);
        j->rounds = m.plan.rounds;
        j->seen = calloc(j->cells * j->rounds + 1, 1);
    }
    const bool same = !strcmp(j->run, m.plan.run);
    ht_plan_close(&m.plan);
    if (!same) {
        snprintf(j->why, 256, "%s is a part of another run", part);
        return -EINVAL;
    }
    char path[4200];
    json_error_t problem;
    snprintf(path, sizeof path, "%s/manifest.json", part);
    json_t *const own = json_load_file(path, 0, &problem);
    if (!own || !j->seen || !(first || j->manifest))
        return say(j, -ENOMEM, "can't read", path);
    json_array_append(j->machines, json_object_get(own, "machine"));
    if (first)
        j->manifest = json_incref(own);
    json_decref(own);
    return 0;
}

static int copy_series(const struct joint *j, const char *part, const char *series)
{
    char from[4400], to[4400], *text;
    size_t bytes;
    snprintf(from, sizeof from, "%s/%s", part, series);
    snprintf(to, sizeof to, "%s/%s", j->folder, series);
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

static int take_row(struct joint *j, const char *part, const struct ht_row *row)
{
    if (row->round < 1 || row->round > j->rounds || row->cell < 1 || row->cell > j->cells ||
        strcmp(row->run, j->run)) {
        snprintf(j->why, 256, "a row of %s is not of this run", part);
        return -EINVAL;
    }
    uint8_t *const seen = &j->seen[(row->round - 1) * j->cells + row->cell - 1];
    if (*seen) {
        snprintf(j->why, 256, "%s holds round %u of cell %u, which an earlier part holds too", part,
                 (unsigned)row->round, (unsigned)row->cell);
        return -EINVAL;
    }
    *seen = 1;
    int error = row->series[0] ? copy_series(j, part, row->series) : 0;
    if (error)
        return error;
    error = ht_row_append(j->rows_fd, row);
    return error ? say(j, error, "can't write rows.csv in", j->folder) : 0;
}

static int take_rows(struct joint *j, const char *part)
{
    char path[4200];
    struct ht_rows rows;
    snprintf(path, sizeof path, "%s/rows.csv", part);
    int error = ht_rows_read(path, &rows, j->why);
    if (error)
        return error;
    for (size_t i = 0; i < rows.count && !error; i++)
        error = take_row(j, part, &rows.row[i]);
    ht_rows_free(&rows);
    return error;
}

/* The manifest of the whole: that of the first part, as one shard, with all machines. */
static int write_manifest(const struct joint *j)
{
    char path[4200];
    snprintf(path, sizeof path, "%s/manifest.json", j->folder);
    json_object_set_new(j->manifest, "shard", json_integer(1));
    json_object_set_new(j->manifest, "shards", json_integer(1));
    json_object_set(j->manifest, "machines", j->machines);
    return json_dump_file(j->manifest, path, JSON_INDENT(1)) ? say(j, -EIO, "can't write", path) : 0;
}

int ht_merge(const char *folder, const char *const *parts, size_t n, char why[256])
{
    struct joint j = {.folder = folder, .rows_fd = -1, .why = why, .machines = json_array()};
    int error = 0;
    why[0] = 0;
    for (size_t i = 0; i < n && !error; i++)
        error = take_manifest(&j, parts[i]);
    if (!error)
        error = open_joint(&j);
    for (size_t i = 0; i < n && !error; i++)
        error = take_rows(&j, parts[i]);
    if (!error)
        error = write_manifest(&j);
    if (j.rows_fd >= 0)
        close(j.rows_fd);
    json_decref(j.manifest);
    json_decref(j.machines);
    free(j.seen);
    return error;
}
