/* selftest: how often the gate calls what is slower by how much. */
#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "results/file.h"
#include "results/gnuplot.h"
#include "results/selftest.h"

static void put_points(const struct ht_selftest *s, FILE *out)
{
    for (int i = 0; i < HT_PLANTS; i++) {
        const struct ht_plant_rate r = ht_selftest_rate(s, i);
        if (!ht_plant_is_on_curve(i, &r))
            continue;
        fprintf(out, "%g\t%g\t%g\t%g\t%zu of %zu\n", ht_plants[i].percent, 100 * r.rate.estimate,
                100 * r.rate.low, 100 * r.rate.high, r.called, r.gates - r.failed);
    }
}

static int write_data(const struct ht_selftest *s, const char *plots)
{
    struct ht_file file;
    char *path;
    if (asprintf(&path, "%s/selftest.dat", plots) < 0)
        return -ENOMEM;
    int error = ht_file_open(&file, path);
    if (!error) {
        put_points(s, file.out);
        error = ht_file_close(&file);
    }
    free(path);
    return error;
}

static int write_driver(const char *plots, const char *scripts)
{
    struct ht_file file;
    char *path;
    if (asprintf(&path, "%s/selftest.gp", plots) < 0)
        return -ENOMEM;
    int error = ht_file_open(&file, path);
    if (!error) {
        fprintf(file.out, "scripts = '%s'\nname = 'selftest'; figure = 'selftest'; W = 640; H = 400\n",
                scripts);
        fputs("load scripts . '/plot-both.gp'\n", file.out);
        error = ht_file_close(&file);
    }
    free(path);
    return error;
}

int ht_selftest_plot(const struct ht_selftest *s, const char *folder, const char *scripts, char why[256])
{
    char *plots;
    snprintf(why, 256, "no memory left");
    if (asprintf(&plots, "%s/plots", folder) < 0)
        return -ENOMEM;
    int error = mkdir(plots, 0777) && errno != EEXIST ? -errno : write_data(s, plots);
    if (!error)
        error = write_driver(plots, scripts);
    if (error)
        snprintf(why, 256, "can't write in %.200s", plots);
    if (!error)
        error = ht_gnuplot_draw(plots, "selftest.gp", why);
    free(plots);
    return error;
}
