#include "cli/gate_side.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/words.h"
#include "bench/launch.h"
#include "cli/cli.h"
#include "results/baseline.h"
#include "results/file.h"
#include "results/gate_rows.h"

/* ---- commands ------------------------------------------------------------------------------------------- */

/* In the child: stdout and stderr go to `out`. */
_Noreturn static void become(const char *folder, char *const argv[], int out)
{
    const int in = open("/dev/null", O_RDONLY);
    setpgid(0, 0);
    if (in < 0 || dup2(in, 0) < 0 || dup2(out, 1) < 0 || dup2(out, 2) < 0 || (folder && chdir(folder)))
        _exit(127);
    execvp(argv[0], argv);
    _exit(127);
}

/* Waits; when the user stops us the whole group of the child goes, too. */
static int wait_for(pid_t pid)
{
    int status;
    while (waitpid(pid, &status, 0) < 0)
        if (errno != EINTR)
            return -errno;
        else if (ht_launch_interrupt)
            kill(-pid, SIGKILL);
    if (ht_launch_interrupt)
        return -EINTR;
    return WIFEXITED(status) && !WEXITSTATUS(status) ? 0 : -ECHILD;
}

/* Runs a command in `folder` with its output in the file `log`, which it is appended to. 0, -EINTR, -ECHILD: it failed,
 * or a negative errno: it could not be started. */
static int run(const char *folder, char *const argv[], const char *log)
{
    const int out = open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
    if (out < 0)
        return -errno;
    ht_launch_catch_signals();
    const pid_t pid = fork();
    if (pid == 0)
        become(folder, argv, out);
    if (pid > 0)
        setpgid(pid, pid); /* both do: whoever is first, there is a group to be killed */
    const int error = pid < 0 ? -errno : wait_for(pid);
    close(out);
    return error;
}

/* The last line that a command printed; "" when there is none. */
static void last_words(const char *log, char words[160])
{
    char *text;
    size_t bytes;
    words[0] = '\0';
    if (ht_file_read(log, &text, &bytes))
        return;
    ht_last_line(text, words, 160);
    free(text);
}

/* The first line that git prints. 0, or -ENOENT. */
static int ask_git(const char *words, char *out, size_t bytes)
{
    char *command;
    if (asprintf(&command, "git %s 2>/dev/null", words) < 0)
        return -ENOMEM;
    FILE *const git = popen(command, "re");
    free(command);
    const bool said = git && fgets(out, (int)bytes, git);
    if (git && pclose(git))
        return -ENOENT;
    out[said ? strcspn(out, "\n") : 0] = '\0';
    return said && out[0] ? 0 : -ENOENT;
}

/* ---- what a word means ---------------------------------------------------------------------------------- */

static int find_commit(struct ht_side *side, char why[256])
{
    char words[640], here[PATH_MAX];
    const bool is_plain = !strchr(side->word, '\'') && side->word[0] != '-';
    if (ask_git("rev-parse --git-dir", here, sizeof here)) {
        snprintf(why, 256, "'%.120s' is no file, no folder and no strategy, and here is no git repository",
                 side->word);
        return -ENOENT;
    }
    snprintf(words, sizeof words, "rev-parse --verify --quiet '%s^{commit}'", side->word);
    if (!is_plain || ask_git(words, side->commit, sizeof side->commit)) {
        snprintf(
            why, 256,
            "'%.100s' is no file, no folder, no strategy and no commit here (a clone without history? git "
            "fetch it)",
            side->word);
        return -ENOENT;
    }
    side->kind = HT_SIDE_COMMIT;
    snprintf(side->label, sizeof side->label, "%s (%.7s)", side->word, side->commit);
    return 0;
}

static int find_folder(struct ht_side *side, char why[256])
{
    char rows[4200];
    snprintf(rows, sizeof rows, "%s/rows.csv", side->path);
    if (!access(rows, F_OK)) {
        snprintf(why, 256,
                 "%.80s is a run; what was measured is compared by: heaptrial compare --exit-code BASE NEW",
                 side->word);
        return -EINVAL;
    }
    side->kind = ht_is_baseline(side->path) ? HT_SIDE_BASELINE : HT_SIDE_TREE;
    return 0;
}

int ht_side_find(struct ht_side *side, const char *name, const char *word, char why[256])
{
    struct stat st;
    struct ht_strategy strategy;
    *side = (struct ht_side){.name = name};
    if (strlen(word) >= sizeof side->word) {
        snprintf(why, 256, "--%s is too long", name);
        return -ENAMETOOLONG;
    }
    strcpy(side->word, word);
    strcpy(side->label, word);
    if (!stat(word, &st) && realpath(word, side->path)) {
        side->kind = HT_SIDE_FILE;
        return S_ISDIR(st.st_mode) ? find_folder(side, why) : 0;
    }
    side->kind = HT_SIDE_STRATEGY;
    if (!ht_strategy_spelled(word, &strategy, why))
        return 0;
    /* What looks like a strategy or a path is no commit: the reason that there is tells more. */
    if (strchr(word, ':') || strstr(word, ".so")) {
        if (!strchr(word, ':'))
            snprintf(why, 256, "%.200s: %s", word, strerror(ENOENT));
        return -ENOENT;
    }
    return find_commit(side, why);
}

/* ---- building ------------------------------------------------------------------------------------------- */

static int add_worktree(struct ht_side *side, const char *folder, const char *log, char why[256])
{
    char words[160];
    snprintf(side->path, sizeof side->path, "%s/%s", folder, side->name);
    char *const argv[] = {"git", "worktree", "add", "--detach", "--force", side->path, side->commit, NULL};
    const int error = run(NULL, argv, log);
    side->has_worktree = !error;
    last_words(log, words);
    if (error)
        snprintf(why, 256, "git can't check out %.60s: %.150s", side->word,
                 error == -ECHILD ? words : strerror(-error));
    char full[PATH_MAX];
    if (!error && realpath(side->path, full))
        snprintf(side->path, sizeof side->path, "%s", full);
    return error;
}

static int build(const struct ht_side *side, const struct ht_gate_config *config, const char *log,
                 char why[256])
{
    char command[HT_GATE_TEXT], words[160];
    snprintf(command, sizeof command, "%s", config->build);
    char *const argv[] = {"sh", "-c", command, NULL};
    if (!side->quiet)
        ht_say(0, "building %s: %s", side->label, config->build);
    const int error = run(side->path, argv, log);
    last_words(log, words);
    if (error && error != -EINTR)
        snprintf(why, 256, "the build of %.40s failed: %.100s (all of it: %.80s)", side->label,
                 error == -ECHILD ? words : strerror(-error), log);
    return error;
}

int ht_side_build(struct ht_side *side, const struct ht_gate_config *config, const char *folder,
                  char why[256])
{
    if (side->kind != HT_SIDE_TREE && side->kind != HT_SIDE_COMMIT)
        return 0;
    char log[4200];
    snprintf(log, sizeof log, "%s/%s.log", folder, side->name);
    if (!config->library[0] && !config->plugin[0] && !config->cells[0]) {
        snprintf(why, 256,
                 "what does a build of %.80s make? Say `library = FILE.so` under [subject] in the config "
                 "(heaptrial gate --print-config)",
                 side->label);
        return -EINVAL;
    }
    ht_side_close(side); /* of a build that was stopped: nobody knows what it lacks */
    int error = side->kind == HT_SIDE_COMMIT ? add_worktree(side, folder, log, why) : 0;
    if (!error && config->build[0])
        error = build(side, config, log, why);
    return error;
}

void ht_side_close(struct ht_side *side)
{
    char *const argv[] = {"git", "worktree", "remove", "--force", side->path, NULL};
    const int was = ht_launch_interrupt;
    if (!side->has_worktree)
        return;
    ht_launch_interrupt = 0;            /* what was stopped is cleaned up, too */
    run(side->path, argv, "/dev/null"); /* from wherever the gate goes on */
    ht_launch_interrupt |= was;
    side->has_worktree = false;
}

/* ---- strategies ----------------------------------------------------------------------------------------- */

bool ht_side_is_cells(const struct ht_side *side, const struct ht_gate_config *config)
{
    return side->kind == HT_SIDE_BASELINE ||
           ((side->kind == HT_SIDE_TREE || side->kind == HT_SIDE_COMMIT) && config->cells[0]);
}

int ht_side_take_cell(const struct ht_side *side, const struct ht_gate_config *config,
                      struct ht_strategy *strategy, char why[256])
{
    const char *const base = strrchr(strategy->cell, '/');
    char cell[sizeof side->path + HT_GATE_TEXT + 600];
    snprintf(cell, sizeof cell, "%s/%s%s", side->path, config->cells, base ? base : "/");
    strategy->absent[0] = '\0';
    if (access(cell, X_OK)) {
        snprintf(why, 256, "%.60s has no cell %.100s%.60s", side->label, config->cells, base ? base : "");
        return -ENOENT;
    }
    if (strlen(cell) >= sizeof strategy->cell) {
        snprintf(why, 256, "the path of %.100s is too long", side->label);
        return -ENAMETOOLONG;
    }
    strcpy(strategy->cell, cell);
    /* Of a stored run: a cell is kept beside the word that finds the strategy again. */
    const bool is_plugin =
        strategy->kind == HT_STRATEGY_PLUGIN || strategy->kind == HT_STRATEGY_PLUGIN_COLLECTOR;
    if (!strategy->spelled[0])
        snprintf(strategy->spelled, sizeof strategy->spelled, "%s%s", is_plugin ? "plugin:" : "",
                 is_plugin ? strategy->library : strategy->name);
    return 0;
}

/* "tlsf@base"; names have room for it, since those of strategies are shorter. */
static int add_as(struct ht_plan *plan, struct ht_strategy *strategy, const char *name, const char *side,
                  char why[256])
{
    if (strlen(name) + strlen(side) + 2 > sizeof strategy->name) {
        snprintf(why, 256, "the name '%.80s' is too long for a gate", name);
        return -ENAMETOOLONG;
    }
    snprintf(strategy->name, sizeof strategy->name, "%s@%s", name, side);
    strategy->is_named = true;
    if (strategy->absent[0]) {
        snprintf(why, 256, "%.60s: %.180s", name, strategy->absent);
        return -ENOENT;
    }
    return ht_plan_add_strategy(plan, strategy, why);
}

struct adding {
    const struct ht_side *side;
    const struct ht_gate_config *config;
    struct ht_plan *plan;
};

static int add_cell(void *context, const char *word, char *why)
{
    const struct adding *const a = context;
    struct ht_strategy strategy;
    int error = ht_strategy_spelled(word, &strategy, why);
    if (!error)
        error = ht_side_take_cell(a->side, a->config, &strategy, why);
    return error ? error : add_as(a->plan, &strategy, word, a->side->name, why);
}

/* What the build has made. */
static int find_built(const struct ht_side *side, const struct ht_gate_config *config,
                      struct ht_strategy *strategy, char why[256])
{
    char *path;
    if (asprintf(&path, "%s/%s", side->path, config->plugin[0] ? config->plugin : config->library) < 0)
        return -ENOMEM;
    const int error = ht_strategy_file(path, "subject", strategy, why);
    free(path);
    return error;
}

int ht_side_add(const struct ht_side *side, const struct ht_gate_config *config, struct ht_plan *plan,
                char why[256])
{
    struct ht_strategy strategy;
    struct adding adding = {side, config, plan};
    if (ht_side_is_cells(side, config))
        return ht_each_word(config->strategies, add_cell, &adding, why);
    const int error = side->kind == HT_SIDE_STRATEGY ? ht_strategy_spelled(side->word, &strategy, why)
                      : side->kind == HT_SIDE_FILE   ? ht_strategy_file(side->path, "subject", &strategy, why)
                                                     : find_built(side, config, &strategy, why);
    return error ? error : add_as(plan, &strategy, "subject", side->name, why);
}
