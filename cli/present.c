/* What a run ends with: the table on stdout, the plots, and the JSON for Google Benchmark's compare.py. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "bench/strategy.h"
#include "cli/cli.h"
#include "results/gbjson.h"
#include "results/plot.h"
#include "results/summary.h"
#include "results/table.h"

int ht_open_run(struct ht_run_view *view, const char *folder, const char *baseline)
{
    char path[4200], why[256] = "";
    snprintf(path, sizeof path, "%s/rows.csv", folder);
    int error = ht_rows_read(path, &view->rows, why);
    if (error)
        return ht_say(error == -EPROTO || error == -ENOENT ? HT_EXIT_USAGE : HT_EXIT_FAILED, "%s", why);
    if (view->rows.warning[0])
        ht_say(0, "%s", view->rows.warning);
    error = ht_summary_open(&view->summary, &view->rows, baseline, why);
    if (!error)
        return HT_EXIT_GOOD;
    ht_rows_free(&view->rows);
    return ht_say(error == -ENOMEM ? HT_EXIT_FAILED : HT_EXIT_USAGE, "%s", why);
}

void ht_close_run(struct ht_run_view *view)
{
    ht_summary_close(&view->summary);
    ht_rows_free(&view->rows);
}

int ht_draw(const struct ht_run_view *view, const char *folder)
{
    char scripts[4200], why[256] = "";
    ht_script_path("", scripts, sizeof scripts);
    const int error = ht_plot_emit(&view->summary, folder, scripts, why);
    if (!error)
        return HT_EXIT_GOOD;
    ht_say(0, "no plots: %s", why);
    return error == -ENOENT ? HT_EXIT_GOOD : HT_EXIT_FAILED;
}

int ht_present(const char *folder, const char *baseline)
{
    struct ht_run_view view;
    char path[4200];
    int status = ht_open_run(&view, folder, baseline);
    if (status)
        return status;
    ht_table_emit(&view.summary, stdout);
    fflush(stdout);
    snprintf(path, sizeof path, "%s/gbench.json", folder);
    const int error = ht_gbjson_write(&view.rows, path);
    if (error)
        status = ht_say(HT_EXIT_FAILED, "can't write %s: %s", path, strerror(-error));
    const int drawn = ht_draw(&view, folder);
    ht_close_run(&view);
    fprintf(stderr, "heaptrial: rows in %s/rows.csv, plots in %s/plots\n", folder, folder);
    return status ? status : drawn;
}
