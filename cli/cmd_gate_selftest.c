/* heaptrial gate-selftest: the gate on trial. */
#include <argp.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/nearest.h"
#include "bench/launch.h"
#include "bench/progress.h"
#include "bench/strategy.h"
#include "cli/cli.h"
#include "results/file.h"
#include "results/gate_config.h"
#include "results/selftest.h"

enum { RESUME = 256, CONFIG, TRIALS, QUICK, MARKDOWN, KEEP };

/* A tenth of the trials. */
enum { QUICK_PART = 10 };

static const struct argp_option options[] = {
    {"trials", TRIALS, "PLANT=N", 0, "So many gates with this planted, 0: none; repeatable, `all=N` for all",
     1},
    {"quick", QUICK, NULL, 0, "A tenth of the gates: a look, in some minutes", 1},
    {"config", CONFIG, "FILE", 0, "Cells and rounds of the gates (tiers, limits and plans are the plant's)",
     1},
    {"output", 'o', "DIR", 0,
     "Where trials go (default: results/selftest); what stands there is gone on with", 2},
    {"keep", KEEP, NULL, 0, "Keep the rows of every gate, not only of those that were wrong", 2},
    {"quiet", 'q', NULL, 0, "No progress", 2},
    {"markdown", MARKDOWN, NULL, 0, "The table as Markdown", 3},
    {0},
};

static const char doc[] = "Put the gate on trial on this machine: gates of pairs that are the same, and of "
                          "pairs of which one is worse by a "
                          "known amount (the strategy `planted`), each by the command itself from end to "
                          "end. The shares of alarms have 95 % "
                          "intervals. What was stopped goes on when the command is given again."
                          "\vExit status: 3 when a rate is ruled out that must hold: no more than 1 % of "
                          "false alarms, 95 % or all of what "
                          "is planted found.\n\n"
                          "Examples:\n"
                          "  heaptrial gate-selftest --quick\n"
                          "  heaptrial gate-selftest\n"
                          "  heaptrial gate-selftest --trials all=0 --trials slower-5=40 --config "
                          "heaptrial.gate -o results/selftest-5\n";

struct request {
    const char *config, *folder;
    unsigned trials[HT_PLANTS];
    bool quick, keep, quiet, markdown;
};

/* ---- the command line ----------------------------------------------------------------------------------- */

static void parse_trials(struct argp_state *state, struct request *r, const char *text)
{
    const char *const equals = strchr(text, '=');
    char word[32] = "", *end;
    if (equals && (size_t)(equals - text) < sizeof word)
        memcpy(word, text, (size_t)(equals - text));
    const unsigned long n = equals ? strtoul(equals + 1, &end, 10) : 0;
    if (!equals || end == equals + 1 || *end || n > 100000)
        argp_error(state, "--trials takes PLANT=N, as slower-5=40; not '%s'", text);
    const int plant = ht_plant_find(word);
    const char *names[HT_PLANTS];
    for (int i = 0; i < HT_PLANTS; i++) {
        names[i] = ht_plants[i].word;
        if (i == plant || !strcmp(word, "all"))
            r->trials[i] = (unsigned)n;
    }
    if (plant >= 0 || !strcmp(word, "all"))
        return;
    const char *const nearest = ht_nearest(word, names, HT_PLANTS);
    argp_error(state, "nothing that is planted is called '%s'%s%s%s", word, nearest ? ": did you mean " : "",
               nearest ? nearest : "", nearest ? "?" : "");
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct request *const r = state->input;
    switch (key) {
    case TRIALS:
        parse_trials(state, r, arg);
        return 0;
    case QUICK:
        for (int i = 0; i < HT_PLANTS; i++)
            r->trials[i] = (ht_plants[i].trials + QUICK_PART - 1) / QUICK_PART;
        return 0;
    case CONFIG:
        r->config = arg;
        return 0;
    case 'o':
        r->folder = arg;
        return 0;
    case KEEP:
        r->keep = true;
        return 0;
    case 'q':
        r->quiet = true;
        return 0;
    case MARKDOWN:
        r->markdown = true;
        return 0;
    case ARGP_KEY_ARG:
        argp_error(state, "'%s' is not an option", arg);
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

/* ---- one trial ------------------------------------------------------------------------------------------ */

/* Short windows, and many of them: what is tested is the rule, over many gates. */
static struct ht_gate_config usual_config(void)
{
    struct ht_gate_config c = ht_gate_config_defaults();
    strcpy(c.workloads, "larson:slots=1k,fixed-churn,realloc-growth,build-release");
    c.window_ms = 5;
    c.repetitions = 7;
    return c;
}

/* Of the plant: what is looked at. */
static struct ht_gate_config config_of(const struct ht_gate_config *usual, const struct ht_plant *plant,
                                       unsigned trial)
{
    struct ht_gate_config c = *usual;
    const bool latency = strchr(plant->tiers, 'l');
    c.exact = strchr(plant->tiers, 'e');
    c.memory = strchr(plant->tiers, 'm');
    c.time = latency || strchr(plant->tiers, 't');
    c.faults = strchr(plant->tiers, 'f') ? c.faults : 0;
    if (latency) {
        c.limit[HT_TIME] = NAN;
        c.limit[HT_P999] = 0.5;
    }
    c.seed = trial;
    return c;
}

static int write_config(const struct ht_gate_config *config, const char *path)
{
    struct ht_file file;
    const int error = ht_file_open(&file, path);
    if (error)
        return error;
    ht_gate_config_emit(config, file.out);
    return ht_file_close(&file);
}

/* In the child. */
_Noreturn static void become_gate(const struct ht_plant *plant, const char *config, const char *folder,
                                  const char *log)
{
    const int out = open(log, O_WRONLY | O_CREAT | O_TRUNC, 0666);
    setpgid(0, 0);
    unsetenv("GITHUB_ACTIONS");
    if (out < 0 || dup2(out, STDOUT_FILENO) < 0 || dup2(out, STDERR_FILENO) < 0)
        _exit(HT_EXIT_FAILED);
    execl("/proc/self/exe", "heaptrial", "gate", "--base", plant->base, "--new", plant->new, "--config",
          config, "-o", folder, "-q", (char *)NULL);
    _exit(HT_EXIT_FAILED);
}

static int wait_for(pid_t pid, int *status)
{
    int ended;
    while (waitpid(pid, &ended, 0) < 0)
        if (errno != EINTR)
            return -errno;
        else if (ht_launch_interrupt)
            kill(-pid, SIGINT);
    if (ht_launch_interrupt)
        return -EINTR;
    *status = WIFEXITED(ended) ? WEXITSTATUS(ended) : HT_EXIT_FAILED;
    return 0;
}

/* Counts the lines of FOLDER/gate.csv, whose first word is the verdict. */
static void count_lines(const char *folder, struct ht_trial *t)
{
    char path[4300], *text;
    size_t bytes;
    snprintf(path, sizeof path, "%s/gate.csv", folder);
    if (ht_file_read(path, &text, &bytes))
        return;
    for (const char *line = strchr(text, '\n'); line && line[1]; line = strchr(line + 1, '\n')) {
        t->lines++;
        t->regressed += !strncmp(line + 1, "regressed,", 10);
        t->not_confirmed += !strncmp(line + 1, "not confirmed,", 14);
    }
    free(text);
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *at)
{
    (void)st, (void)type, (void)at;
    return remove(path);
}

/* What a gate left: not the user's. */
static void remove_gate(const char *folder)
{
    if (nftw(folder, remove_one, 8, FTW_DEPTH | FTW_PHYS) && errno != ENOENT)
        ht_say(0, "can't remove %s: %s", folder, strerror(errno));
}

static bool was_right(const struct ht_trial *t)
{
    return ht_plants[t->plant].must < 0 ? t->status == HT_EXIT_GOOD : t->status == HT_EXIT_UNEXPECTED;
}

static int run_trial(const struct request *r, const struct ht_gate_config *usual, struct ht_trial *t)
{
    const struct ht_plant *const plant = &ht_plants[t->plant];
    char config[4200], folder[4200], log[4210];
    snprintf(folder, sizeof folder, "%s/gates/%u-%s", r->folder, t->number, plant->word);
    snprintf(config, sizeof config, "%s.conf", folder);
    snprintf(log, sizeof log, "%s.txt", folder);
    const struct ht_gate_config c = config_of(usual, plant, t->number);
    remove_gate(folder);
    int error = write_config(&c, config);
    if (error)
        return error;
    if (getloadavg(&t->load, 1) != 1)
        t->load = 0;
    const uint64_t start = ht_wall_ns();
    const pid_t pid = fork();
    if (pid == 0)
        become_gate(plant, config, folder, log);
    if (pid > 0)
        setpgid(pid, pid); /* both do: whoever is first, there is a group to be stopped */
    error = pid < 0 ? -errno : wait_for(pid, &t->status);
    t->seconds = (double)(ht_wall_ns() - start) * 1e-9;
    if (error)
        return error;
    count_lines(folder, t);
    if (!r->keep && was_right(t)) {
        remove_gate(folder);
        unlink(config);
        unlink(log);
    }
    return 0;
}

/* ---- all of them ---------------------------------------------------------------------------------------- */

static unsigned done_of(const struct ht_selftest *s, int plant)
{
    unsigned n = 0;
    for (size_t i = 0; i < s->trials; i++)
        n += s->trial[i].plant == plant;
    return n;
}

/* The plant of which the smallest part is done, so that whatever moment it is stopped at, all have had their share of the
 * machine's weather; -1: nothing is left. */
static int next_plant(const struct request *r, const unsigned *done)
{
    int next = -1;
    double least = 1;
    for (int i = 0; i < HT_PLANTS; i++) {
        const double part = r->trials[i] ? (done[i] + 0.5) / r->trials[i] : 1;
        if (done[i] < r->trials[i] && part <= least) {
            least = part;
            next = i;
        }
    }
    return next;
}

static size_t count_left(const struct request *r, const unsigned *done, struct ht_progress *progress)
{
    size_t left = 0;
    for (int i = 0; i < HT_PLANTS; i++)
        for (unsigned n = done[i]; n < r->trials[i]; n++, left++)
            ht_progress_expect(progress, (size_t)i);
    return left;
}

static int run_trials(const struct request *r, const struct ht_gate_config *usual,
                      const struct ht_selftest *s)
{
    struct ht_progress progress;
    unsigned done[HT_PLANTS], number = 0;
    int error = 0;
    for (int i = 0; i < HT_PLANTS; i++)
        done[i] = done_of(s, i);
    for (size_t i = 0; i < s->trials; i++)
        number = s->trial[i].number > number ? s->trial[i].number : number;
    ht_progress_open(&progress, r->quiet);
    ht_launch_catch_signals();
    const size_t left = count_left(r, done, &progress);
    for (size_t i = 0; i < left && !error; i++) {
        struct ht_trial t = {.number = ++number, .plant = next_plant(r, done)};
        ht_progress_show(&progress, i, left, ht_plants[t.plant].word);
        error = ht_launch_interrupt ? -EINTR : run_trial(r, usual, &t);
        if (!error)
            error = ht_selftest_append(r->folder, &t);
        if (error)
            break;
        done[t.plant]++;
        ht_progress_step(&progress, (size_t)t.plant);
    }
    ht_progress_close(&progress);
    return error;
}

static int read_config(const struct request *r, struct ht_gate_config *config)
{
    char why[256];
    *config = usual_config();
    const int error = r->config ? ht_gate_config_read(config, r->config, why) : 0;
    return error ? ht_say(HT_EXIT_USAGE, "%s", why) : HT_EXIT_GOOD;
}

static int make_folders(const struct request *r)
{
    char gates[4200];
    snprintf(gates, sizeof gates, "%s/gates", r->folder);
    mkdir("results", 0777);
    if ((mkdir(r->folder, 0777) && errno != EEXIST) || (mkdir(gates, 0777) && errno != EEXIST))
        return ht_say(HT_EXIT_USAGE, "can't make the folder %s: %s", gates, strerror(errno));
    return HT_EXIT_GOOD;
}

static int present(const struct request *r)
{
    struct ht_selftest s;
    char why[256], scripts[4096];
    if (ht_selftest_read(&s, r->folder, why))
        return ht_say(HT_EXIT_FAILED, "%s", why);
    if (r->markdown)
        ht_selftest_emit_markdown(&s, stdout);
    else
        ht_selftest_emit_table(&s, stdout);
    ht_script_path("", scripts, sizeof scripts);
    if (s.trials && ht_selftest_plot(&s, r->folder, scripts, why))
        ht_say(0, "%s", why);
    const bool holds = ht_selftest_holds(&s);
    ht_selftest_close(&s);
    return holds ? HT_EXIT_GOOD : HT_EXIT_UNEXPECTED;
}

int cmd_gate_selftest(int argc, char **argv)
{
    const struct argp argp = {options, parse, NULL, doc, NULL, NULL, NULL};
    static struct ht_gate_config config;
    struct request r = {.folder = "results/selftest"};
    struct ht_selftest s;
    char why[256];
    for (int i = 0; i < HT_PLANTS; i++)
        r.trials[i] = ht_plants[i].trials;
    argp_parse(&argp, argc, argv, 0, NULL, &r);
    int status = read_config(&r, &config);
    if (!status)
        status = make_folders(&r);
    if (status)
        return status;
    if (ht_selftest_read(&s, r.folder, why))
        return ht_say(HT_EXIT_FAILED, "%s", why);
    const int error = run_trials(&r, &config, &s);
    ht_selftest_close(&s);
    if (error == -EINTR)
        return ht_say(HT_EXIT_FAILED, "stopped; the trials so far are kept. Go on by the same command");
    if (error)
        return ht_say(HT_EXIT_FAILED, "can't go on in %s: %s", r.folder, strerror(-error));
    return present(&r);
}
