/* heaptrial history: runs by commit and machine, and when a cell changed. */
#include <argp.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "bench/strategy.h"
#include "cli/cli.h"
#include "cli/present.h"
#include "results/file.h"
#include "results/history.h"

enum { FILE_OPTION = 256, COMMIT, MACHINE, LAST, BASELINE, CSV, PLOT };

enum { LAST_COMMITS = 100, COMMIT_LETTERS = 64 };

static const struct argp_option options[] = {
    {"file", FILE_OPTION, "FILE", 0, "The history (default: results/history.sqlite)", 1},
    {"commit", COMMIT, "NAME", 0, "add: the commit that was measured (default: git rev-parse HEAD, here)", 2},
    {"machine", MACHINE, "N", 0, "show: the machine of this number (default: that of the latest run)", 3},
    {"last", LAST, "N", 0, "show: only so many commits (default: 100; 0: all, which takes long from 1000 on)",
     3},
    {"baseline", BASELINE, "NAME", 0,
     "show: ratios to this strategy in the same run and round, in which the machine's moods cancel out", 3},
    {"csv", CSV, NULL, 0, "show: every point as CSV", 3},
    {"plot", PLOT, "DIR", 0, "show: draw one trend, as DIR/history.svg and .png", 3},
    {0},
};

static const char doc[] = "Keep runs by commit and machine in one file, and find when a cell changed. `add` "
                          "puts a run there, once. `show` lists "
                          "the cells that changed or, when its words leave one, that cell commit by commit. "
                          "A word is a strategy, a workload, a "
                          "metric (time, memory...), t=N, a heap limit or a parameter as slots=1000."
                          "\vExamples:\n"
                          "  heaptrial history add results/runs/latest\n"
                          "  heaptrial history show\n"
                          "  heaptrial history show tlsf larson time --baseline system\n"
                          "  heaptrial history show tlsf larson t=2 time --plot results/history\n";

struct request {
    const char *verb, *folder, *file, *commit, *plot;
    struct ht_history_filter filter;
    bool csv;
};

/* ---- the command line ----------------------------------------------------------------------------------- */

static long parse_number(struct argp_state *state, const char *option, const char *word)
{
    char *end;
    errno = 0;
    const long n = strtol(word, &end, 10);
    if (end == word || *end || n < 0 || n > 1000000000 || errno)
        argp_error(state, "%s takes a whole number, not '%s'", option, word);
    return n;
}

static void take_word(struct argp_state *state, struct request *r, const char *word)
{
    if (!r->verb) {
        if (strcmp(word, "add") && strcmp(word, "show"))
            argp_error(state, "add or show, not '%s'", word);
        r->verb = word;
    } else if (!strcmp(r->verb, "add")) {
        if (r->folder)
            argp_error(state, "one run at a time");
        r->folder = word;
    } else {
        if (r->filter.words == HT_HISTORY_WORDS)
            argp_error(state, "too many words");
        r->filter.word[r->filter.words++] = word;
    }
}

static void check(struct argp_state *state, const struct request *r)
{
    if (!r->verb)
        argp_error(state, "add a run, or show what there is");
    if (!strcmp(r->verb, "add") && !r->folder)
        argp_error(state, "name the folder of a run");
}

static void take_commit(struct argp_state *state, struct request *r, const char *word)
{
    r->commit = word;
    if (!*word || strlen(word) > COMMIT_LETTERS || strpbrk(word, " \t\r\n"))
        argp_error(state, "a commit is one word of at most %d letters", COMMIT_LETTERS);
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct request *const r = state->input;
    switch (key) {
    case FILE_OPTION:
        r->file = arg;
        return 0;
    case COMMIT:
        take_commit(state, r, arg);
        return 0;
    case MACHINE:
        r->filter.machine = parse_number(state, "--machine", arg);
        return 0;
    case LAST:
        r->filter.last = (size_t)parse_number(state, "--last", arg);
        return 0;
    case BASELINE:
        r->filter.baseline = arg;
        return 0;
    case CSV:
        r->csv = true;
        return 0;
    case PLOT:
        r->plot = arg;
        return 0;
    case ARGP_KEY_ARG:
        take_word(state, r, arg);
        return 0;
    case ARGP_KEY_END:
        check(state, r);
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static int say(int error, const char *why)
{
    const bool usage = error == -EMEDIUMTYPE || error == -ENOENT || error == -ENODATA;
    return ht_say(usage ? HT_EXIT_USAGE : HT_EXIT_FAILED, "%s", why);
}

/* ---- add ------------------------------------------------------------------------------------------------ */

/* What git says of the folder that we are in. False: nothing. */
static bool ask_git(char commit[COMMIT_LETTERS + 1])
{
    FILE *const git = popen("git rev-parse HEAD 2>/dev/null", "re");
    commit[0] = '\0';
    if (git && fgets(commit, COMMIT_LETTERS + 1, git))
        commit[strcspn(commit, "\n")] = '\0';
    return git && pclose(git) == 0 && commit[0];
}

/* What makes a run the same run: the bytes of its rows. */
static int digest_rows(const char *folder, char digest[40])
{
    char *path, *text;
    size_t bytes;
    if (asprintf(&path, "%s/rows.csv", folder) < 0)
        return -ENOMEM;
    const int error = ht_file_read(path, &text, &bytes);
    free(path);
    if (error)
        return error;
    const XXH128_hash_t hash = XXH3_128bits(text, bytes);
    snprintf(digest, 40, "%016" PRIx64 "%016" PRIx64, (uint64_t)hash.high64, (uint64_t)hash.low64);
    free(text);
    return 0;
}

static int read_origin(const struct request *r, struct ht_origin *origin)
{
    char why[256];
    const int error = ht_origin_read(origin, r->folder, why);
    if (error)
        return ht_say(error == -ENOENT ? HT_EXIT_USAGE : HT_EXIT_FAILED, "%s", why);
    if (origin->mixed)
        return ht_say(HT_EXIT_INCOMPARABLE, "%s was put together from machines that differ: add its parts",
                      r->folder);
    return HT_EXIT_GOOD;
}

static int add_rows(const struct request *r, const struct ht_rows *rows, const struct ht_origin *origin,
                    const char *commit, const char *digest)
{
    struct ht_history history;
    char why[256];
    bool known;
    int error = ht_history_open(&history, r->file, true, why);
    if (error)
        return say(error, why);
    error = ht_history_add(&history, rows, origin, commit, digest, &known, why);
    ht_history_close(&history);
    if (error)
        return say(error, why);
    if (known)
        printf("%s is in %s already: nothing to add\n", r->folder, r->file);
    else
        printf("%s: %zu rows of commit %s, measured %s\n", r->file, rows->count, commit, origin->created);
    return HT_EXIT_GOOD;
}

static int add(const struct request *r)
{
    struct ht_rows rows = {.count = 0};
    struct ht_origin origin;
    char here[COMMIT_LETTERS + 1], digest[40];
    int status = ht_present_read(r->folder, &rows);
    if (status)
        return status;
    status = read_origin(r, &origin);
    if (!status && !rows.count)
        status = ht_say(HT_EXIT_FAILED, "%s: there are no rows", r->folder);
    if (!status && !r->commit && !ask_git(here))
        status =
            ht_say(HT_EXIT_USAGE, "git knows no commit here: name the one that was measured with --commit");
    if (!status && digest_rows(r->folder, digest))
        status = ht_say(HT_EXIT_FAILED, "can't read %s/rows.csv", r->folder);
    if (!status)
        status = add_rows(r, &rows, &origin, r->commit ? r->commit : here, digest);
    ht_rows_free(&rows);
    return status;
}

/* ---- show ----------------------------------------------------------------------------------------------- */

static int draw(const struct request *r, const struct ht_trends *trends)
{
    char scripts[4096], why[256];
    if (trends->trends != 1)
        return ht_say(HT_EXIT_USAGE,
                      "--plot draws one trend, and the words leave %zu: name strategy, workload and metric",
                      trends->trends);
    ht_script_path("", scripts, sizeof scripts);
    if (ht_trend_plot(trends, r->filter.baseline, r->plot, scripts, why))
        return ht_say(HT_EXIT_FAILED, "%s", why);
    printf("\n%s/history.svg\n", r->plot);
    return HT_EXIT_GOOD;
}

static int show(const struct request *r)
{
    struct ht_history history;
    struct ht_trends trends;
    char why[256];
    int error = ht_history_open(&history, r->file, false, why);
    if (error)
        return say(error, why);
    error = ht_history_read(&history, &r->filter, &trends, why);
    ht_history_close(&history);
    if (error)
        return say(error, why);
    if (r->csv)
        ht_trends_emit_csv(&trends, stdout);
    else
        ht_trends_emit(&trends, &r->filter, stdout);
    const int status = r->plot ? draw(r, &trends) : HT_EXIT_GOOD;
    ht_trends_close(&trends);
    return status;
}

int cmd_history(int argc, char **argv)
{
    const struct argp argp = {options, parse, "add DIR\nshow [WORD...]", doc, NULL, NULL, NULL};
    struct request r = {.file = "results/history.sqlite", .filter.last = LAST_COMMITS};
    argp_parse(&argp, argc, argv, 0, NULL, &r);
    return strcmp(r.verb, "add") ? show(&r) : add(&r);
}
