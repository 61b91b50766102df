#include "faults/misuse_judge.h"

#include <ctype.h>
#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "results/text.h"

/* ---- what the program tells ---- */

static void keep(char *out, size_t bytes, const char *text)
{
    snprintf(out, bytes, "%s", text);
    ht_text_clean(out);
}

void ht_misuse_see(struct ht_misuse_seen *seen, const struct ht_record *record)
{
    if (record->kind == HT_RECORD_VERSION)
        keep(seen->version, sizeof seen->version, record->text);
    if (record->kind != HT_RECORD_MISUSE)
        return;
    const enum ht_misuse_event event = (enum ht_misuse_event)record->misuse.event;
    seen->ops = record->misuse.ops;
    seen->begun |= event == HT_MISUSE_BEGINS;
    seen->over |= event == HT_MISUSE_ENDS;
    seen->unsupported |= event == HT_MISUSE_UNSUPPORTED;
    seen->failed |= event == HT_MISUSE_FAILED;
    seen->won |= event == HT_MISUSE_WON;
    seen->refused |= event == HT_MISUSE_REFUSED;
    if (*record->misuse.text && !*seen->told)
        keep(seen->told, sizeof seen->told, record->misuse.text);
}

/* ---- what the allocator says ---- */

/* Without valgrind's and the sanitizer's "==123==". */
static const char *skip_pid(const char *line)
{
    if (strncmp(line, "==", 2))
        return line;
    const char *p = line + 2;
    while (isdigit((unsigned char)*p))
        p++;
    if (strncmp(p, "==", 2))
        return line;
    return p + 2 + (p[2] == ' ');
}

/* Addresses become 0x..: hexadecimal numbers of eight digits or more, or with 0x before them and six or more. */
static void put_without_addresses(char *out, size_t bytes, const char *text, size_t n)
{
    size_t used = 0;
    for (size_t i = 0; i < n && used + 5 < bytes;) {
        const bool has_prefix = !strncmp(text + i, "0x", 2),
                   is_start = i == 0 || !isalnum((unsigned char)text[i - 1]);
        const size_t digits = strspn(text + i + 2 * has_prefix, "0123456789abcdefABCDEF");
        if (is_start && digits >= (has_prefix ? 6 : 8)) {
            used += (size_t)sprintf(out + used, "0x..");
            i += digits + 2 * has_prefix;
        } else {
            out[used++] = text[i++];
        }
    }
    while (used && isspace((unsigned char)out[used - 1]))
        used--;
    out[used] = 0;
}

/* Lines that frame a report, and say nothing of it. */
static bool is_frame(const char *line)
{
    return !strncmp(line, "*** GWP-ASan", 12) || !strncmp(line, "*** End GWP", 11);
}

void ht_misuse_message(const char *err, const char *pattern, char out[HT_MISUSE_MESSAGE])
{
    regex_t regex;
    char line[1024];
    out[0] = 0;
    if (regcomp(&regex, pattern, REG_EXTENDED))
        return;
    for (const char *at = err; *at && !out[0]; at += strcspn(at, "\n"), at += *at == '\n') {
        regmatch_t match;
        snprintf(line, sizeof line, "%.*s",
                 (int)(strcspn(at, "\n") < sizeof line ? strcspn(at, "\n") : sizeof line - 1), at);
        const char *const text = skip_pid(line);
        if (!text[strspn(text, " \t\r")] || is_frame(text) || regexec(&regex, text, 1, &match, 0))
            continue;
        put_without_addresses(out, HT_MISUSE_MESSAGE, text + match.rm_so,
                              (size_t)(match.rm_eo - match.rm_so));
        ht_text_clean(out);
    }
    regfree(&regex);
}

/* ---- the verdict ---- */

/* How it ended, as far as that is a notice: by a message, by a signal or by giving up. */
static bool is_noticed(const struct ht_misuse_seen *seen, const char *message, char how[HT_MISUSE_MESSAGE])
{
    if (*message)
        snprintf(how, HT_MISUSE_MESSAGE, "%s", message);
    else if (seen->ended.signal)
        snprintf(how, HT_MISUSE_MESSAGE, "SIG%s", sigabbrev_np(seen->ended.signal));
    else if (seen->ended.exit_status)
        snprintf(how, HT_MISUSE_MESSAGE, "exit status %d", seen->ended.exit_status);
    else
        return false;
    return true;
}

static void judge_won(const struct ht_misuse_seen *seen, bool noticed, const char *how,
                      struct ht_misuse_row *row)
{
    row->verdict = HT_MISUSED_EXPLOITED;
    snprintf(row->message, sizeof row->message, "%.110s%s%.120s", seen->told,
             noticed                 ? "; then: "
             : seen->ended.timed_out ? "; then it hangs"
                                     : "",
             noticed ? how : "");
}

static void judge_begun(const struct ht_misuse_seen *seen, const char *message, struct ht_misuse_row *row)
{
    char how[HT_MISUSE_MESSAGE] = "";
    const bool noticed = !seen->ended.timed_out && is_noticed(seen, message, how);
    if (noticed)
        row->ops = (double)seen->ops;
    if (seen->won) {
        judge_won(seen, noticed, how, row);
        return;
    }
    snprintf(row->message, sizeof row->message, "%s", how);
    row->verdict = seen->ended.timed_out ? HT_MISUSED_HANGS
                   : *message            ? HT_MISUSED_DIAGNOSED
                   : noticed             ? HT_MISUSED_CRASHED
                   : seen->over          ? HT_MISUSED_MISSED
                                         : HT_MISUSED_NOT_RUN;
    if (row->verdict == HT_MISUSED_MISSED && seen->refused) {
        row->verdict = HT_MISUSED_DIAGNOSED;
        row->ops = 0;
        snprintf(row->message, sizeof row->message, "%s", seen->told);
    }
    if (row->verdict == HT_MISUSED_NOT_RUN)
        snprintf(row->message, sizeof row->message, "it ended by itself, before its end");
}

void ht_misuse_judge(const struct ht_misuse_seen *seen, const char *pattern, struct ht_misuse_row *row)
{
    char message[HT_MISUSE_MESSAGE], last[160], how[HT_MISUSE_MESSAGE];
    row->verdict = HT_MISUSED_NOT_RUN;
    row->ops = NAN;
    row->message[0] = 0;
    ht_misuse_message(seen->ended.err, pattern, message);
    ht_last_line(seen->ended.err, last, sizeof last);
    if (seen->unsupported)
        row->verdict = HT_MISUSED_NOT_SUPPORTED;
    if (seen->unsupported || seen->failed)
        snprintf(row->message, sizeof row->message, "%s", seen->told);
    else if (seen->begun)
        judge_begun(seen, message, row);
    else if (seen->ended.timed_out)
        snprintf(row->message, sizeof row->message, "no end before the timeout, nor a misuse");
    else
        snprintf(row->message, sizeof row->message, "it ended before the misuse: %s",
                 *last                       ? last
                 : is_noticed(seen, "", how) ? how
                                             : "by itself");
    row->rate = row->verdict == HT_MISUSED_DIAGNOSED || row->verdict == HT_MISUSED_CRASHED;
}

/* ---- repeats ---- */

static int by_value(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median_ops(const struct ht_misuse_row *run, unsigned n)
{
    double *const ops = malloc(n * sizeof *ops), median = NAN;
    unsigned known = 0;
    for (unsigned i = 0; ops && i < n; i++)
        if (!isnan(run[i].ops))
            ops[known++] = run[i].ops;
    if (known) {
        qsort(ops, known, sizeof *ops, by_value);
        median = (ops[(known - 1) / 2] + ops[known / 2]) / 2;
    }
    free(ops);
    return median;
}

/* Of two verdicts that came as often, the one that says more against the strategy; what could not be run says least. */
static int badness(enum ht_misuse_verdict verdict)
{
    static const int order[] = {
        [HT_MISUSED_NOT_SUPPORTED] = 0, [HT_MISUSED_NOT_RUN] = 1, [HT_MISUSED_DIAGNOSED] = 2,
        [HT_MISUSED_CRASHED] = 3,       [HT_MISUSED_MISSED] = 4,  [HT_MISUSED_HANGS] = 5,
        [HT_MISUSED_EXPLOITED] = 6,
    };
    return order[verdict];
}

void ht_misuse_join(const struct ht_misuse_row *run, unsigned n, struct ht_misuse_row *row)
{
    unsigned count[HT_MISUSED_N] = {0}, best = 0;
    double rate = 0;
    for (unsigned i = 0; i < n; i++) {
        count[run[i].verdict]++;
        rate += run[i].rate;
    }
    for (unsigned i = 1; i < n; i++) {
        const enum ht_misuse_verdict a = run[i].verdict, b = run[best].verdict;
        if (count[a] > count[b] || (count[a] == count[b] && badness(a) > badness(b)))
            best = i;
    }
    *row = run[best];
    row->rate = rate / n;
    row->ops = median_ops(run, n);
    if (row->verdict == HT_MISUSED_NOT_RUN || row->verdict == HT_MISUSED_NOT_SUPPORTED)
        row->rate = row->ops = NAN;
}
