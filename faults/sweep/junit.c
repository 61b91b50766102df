/* JUnit XML, as CI servers read it. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "faults/sweep/report.h"
#include "results/file.h"
#include "results/text.h"

static void put_failure(FILE *out, const struct ht_finding *f)
{
    fprintf(out, "    <failure type=\"%s\" message=\"", ht_sweep_outcome_word(f->outcome));
    ht_text_put_xml(out, f->first->detail);
    fputs("\">", out);
    ht_text_put_xml(out, f->first->location);
    fputs("\nreplay: ", out);
    ht_text_put_xml(out, f->first->replay);
    fputs("</failure>\n", out);
}

/* The stack of this row, unless an earlier row had it. */
static bool is_first(const struct ht_sweep_rows *rows, size_t at)
{
    for (size_t i = 0; i < at; i++)
        if (rows->row[i].stack == rows->row[at].stack)
            return false;
    return true;
}

static void put_case(FILE *out, const struct ht_sweep *s, const struct ht_sweep_row *row,
                     const struct ht_findings *f)
{

    fputs("  <testcase classname=\"", out);
    ht_text_put_xml(out, s->argv[0]);
    fputs("\" name=\"", out);
    ht_text_put_xml(out, row->location);
    fprintf(out, " [%016" PRIx64 "]\">\n", row->stack);
    for (size_t i = 0; i < f->findings; i++)
        if (f->finding[i].stack == row->stack && !f->finding[i].is_accepted) {
            put_failure(out, &f->finding[i]);
        }
    fputs("  </testcase>\n", out);
}

static size_t count_stacks(const struct ht_sweep_rows *rows)
{
    size_t n = 0;
    for (size_t i = 0; i < rows->rows; i++)
        n += is_first(rows, i);
    return n;
}

int ht_sweep_junit(const char *path, struct ht_sweep *s, const struct ht_findings *f)
{
    struct ht_file file;
    const int error = ht_file_open(&file, path);
    if (error)
        return error;
    fputs("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuite name=\"heaptrial sweep ", file.out);
    ht_text_put_xml(file.out, s->argv[0]);
    fprintf(file.out, "\" tests=\"%zu\" failures=\"%zu\" errors=\"0\" skipped=\"0\" time=\"%.3f\">\n",
            count_stacks(&s->rows), f->fresh, (double)s->elapsed_ns / 1e9);
    for (size_t i = 0; i < s->rows.rows; i++)
        if (is_first(&s->rows, i))
            put_case(file.out, s, &s->rows.row[i], f);
    fputs("</testsuite>\n", file.out);
    return ht_file_close(&file);
}
