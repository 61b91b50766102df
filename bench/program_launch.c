#include "bench/program_launch.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <xxhash.h>

/* The files of one program in one run: input, output and what was seen. */
struct program {
    const struct ht_measure *measure;
    const struct ht_strategy *strategy;
    char script[1024], folder[4200], command[4096];
    char output[4300], timing[4300], witness[4300], expected[4300];
    char preload[1200], line[8192];
};

static int fail(struct ht_measurement *m, enum ht_outcome outcome, const char *format, const char *what)
{
    m->row.outcome = ht_outcome_word(outcome);
    snprintf(m->reason, sizeof m->reason, format, what);
    return 0;
}

static void locate(struct program *p, const char *name)
{
    char relative[96];
    snprintf(relative, sizeof relative, "programs/%s.sh", name);
    ht_script_path(relative, p->script, sizeof p->script);
    snprintf(p->folder, sizeof p->folder, "%s/programs/%s", p->measure->folder, name);
    if (p->folder[0] != '/') { /* the command is run from elsewhere */
        char absolute[4200], *const here = getcwd(NULL, 0);
        snprintf(absolute, sizeof absolute, "%s/%s", here ? here : ".", p->folder);
        memcpy(p->folder, absolute, sizeof absolute);
        free(here);
    }
    snprintf(p->output, sizeof p->output, "%s/.output", p->folder);
    snprintf(p->timing, sizeof p->timing, "%s/.timing.json", p->folder);
    snprintf(p->witness, sizeof p->witness, "%s/.witness", p->folder);
    snprintf(p->expected, sizeof p->expected, "%s/.expected", p->folder);
}

/* The library that malloc must come from. `system` is preloaded too, because some programs (redis-server) link
 * another allocator. */
static void name_preload(struct program *p)
{
    char witness[600];
    ht_built_path("witness.so", witness, sizeof witness);
    const bool is_system = p->strategy->kind == HT_STRATEGY_MALLOC;
    snprintf(p->preload, sizeof p->preload, "%s:%s", witness, is_system ? "libc.so.6" : p->strategy->library);
}

static const char *library_name(const struct program *p)
{
    const char *const slash = strrchr(p->strategy->library, '/');
    return p->strategy->kind == HT_STRATEGY_MALLOC ? "libc.so.6" : slash ? slash + 1 : p->strategy->library;
}

static int hash_file(const char *path, uint64_t *hash)
{
    char buffer[65536];
    const int fd = open(path, O_RDONLY | O_CLOEXEC);
    XXH3_state_t *const state = fd >= 0 ? XXH3_createState() : NULL;
    if (!state) {
        const int error = fd < 0 ? -errno : -ENOMEM;
        if (fd >= 0)
            close(fd);
        return error;
    }
    XXH3_64bits_reset(state);
    ssize_t n;
    while ((n = read(fd, buffer, sizeof buffer)) > 0)
        XXH3_64bits_update(state, buffer, (size_t)n);
    *hash = XXH3_64bits_digest(state);
    XXH3_freeState(state);
    close(fd);
    return n < 0 ? -EIO : 0;
}

/* ---- once a run: the input, the command, and the output under the system's malloc ---- */

static int run_script(const struct program *p, const char *verb, const char *stdout_path,
                      struct ht_ended *ended)
{
    const struct ht_launch launch = {
        .argv = {"sh", p->script, verb, p->folder},
        .stdout_path = stdout_path,
        .timeout_ns = (uint64_t)300e9,
    };
    return ht_launch(&launch, ended);
}

static int read_command(struct program *p)
{
    FILE *const f = fopen(p->output, "re");
    if (!f)
        return -errno;
    const char *const line = fgets(p->command, sizeof p->command, f);
    fclose(f);
    p->command[strcspn(p->command, "\n")] = 0;
    return line && p->command[0] ? 0 : -ENODATA;
}

static int make_folder(struct program *p)
{
    char parent[4200];
    snprintf(parent, sizeof parent, "%s/programs", p->measure->folder);
    return (mkdir(parent, 0777) && errno != EEXIST) || (mkdir(p->folder, 0777) && errno != EEXIST) ? -errno
                                                                                                   : 0;
}

/* What --env sets in every child. */
static void add_environment(const struct program *p, struct ht_launch *launch)
{
    for (unsigned n = 0; p->measure->plan->env[n][0]; n++)
        launch->env[n] = p->measure->plan->env[n];
}

/* Times `p->command` by hyperfine, preloaded or as it is, into p->output, p->timing and p->witness. */
static int run_timed(struct program *p, struct ht_ended *ended)
{
    snprintf(p->line, sizeof p->line, "env LD_PRELOAD=%s HT_WITNESS=%s %s", p->preload, p->witness,
             p->command);
    struct ht_launch launch = {
        .argv = {"hyperfine", "-N", "-i", "-w", "1", "-r", "1", "--style", "none", "--output", p->output,
                 "--export-json", p->timing, p->line},
        .folder = p->folder,
        .timeout_ns = (uint64_t)(p->measure->plan->timeout_s * 2e9),
        .data_limit = p->measure->data_limit,
    };
    add_environment(p, &launch);
    unlink(p->witness);
    unlink(p->timing);
    return ht_launch(&launch, ended);
}

/* Makes the input and keeps the hash of the output, once a run. -ENOPKG with the reason in the row when the
 * program is not there. */
static int prepare(struct program *p, struct ht_measurement *m, uint64_t *expected)
{
    struct ht_ended ended;
    int error = make_folder(p);
    if (error)
        return error;
    const bool made = !access(p->expected, R_OK);
    if (!made) {
        error = run_script(p, "prepare", NULL, &ended);
        char last[160];
        ht_last_line(ended.err, last, sizeof last);
        if (error || ended.interrupted)
            return error ? error : -EINTR;
        if (ended.exit_status) {
            fail(m, ended.exit_status == 77 ? HT_UNSUPPORTED : HT_ERROR, "%s", last);
            return -ENOPKG;
        }
    }
    error = run_script(p, "command", p->output, &ended);
    if (!error)
        error = read_command(p);
    if (error || made)
        return error ? error : hash_file(p->expected, expected);
    struct ht_launch plain = {
        .argv = {"sh", "-c", p->command},
        .stdout_path = p->output,
        .folder = p->folder,
        .timeout_ns = (uint64_t)(p->measure->plan->timeout_s * 1e9),
    };
    add_environment(p, &plain);
    error = ht_launch(&plain, &ended);
    if (!error && ended.interrupted)
        return -EINTR;
    if (!error && ended.exit_status) {
        fail(m, HT_ERROR, "%s does not run without any preload", p->command);
        return -ENOPKG;
    }
    /* Under its name it is whole: who is killed before leaves none. */
    if (!error && rename(p->output, p->expected))
        error = -errno;
    return error ? error : hash_file(p->expected, expected);
}

/* ---- what came out ---- */

/* Reads the time and the exit code of the one run. 0 and *status (-1: a signal), or -EPROTO. */
static int read_timing(const struct program *p, struct ht_row *row, int *status)
{
    json_error_t problem;
    json_t *const root = json_load_file(p->timing, 0, &problem);
    json_t *const result = json_array_get(json_object_get(root, "results"), 0);
    const json_t *const code = json_array_get(json_object_get(result, "exit_codes"), 0);
    double wall = NAN, user = NAN, system = NAN;
    const int error =
        !result || json_unpack(result, "{s:F, s:F, s:F}", "mean", &wall, "user", &user, "system", &system)
            ? -EPROTO
            : 0;
    *status = json_is_integer(code) ? (int)json_integer_value(code) : -1;
    json_decref(root);
    row->wall_ns = wall * 1e9;
    row->cpu_ns = (user + system) * 1e9;
    row->repetitions = 1;
    row->iterations = 1;
    return error;
}

/* The witness's lines: malloc must have come from the right library in each process, and the largest peak is
 * the program's. -ENODATA when there is no line, -EXDEV when one names another library. */
static int read_witness(const struct program *p, struct ht_measurement *m)
{
    char line[2048];
    uint64_t peak = 0;
    int error = -ENODATA;
    FILE *const f = fopen(p->witness, "re");
    while (f && fgets(line, sizeof line, f)) {
        char *save, *const pid = strtok_r(line, "\t", &save);
        const char *const program = strtok_r(NULL, "\t", &save);
        const char *const library = strtok_r(NULL, "\t", &save), *const kb = strtok_r(NULL, "\t\n", &save);
        if (!pid || !program || !library || !kb)
            continue;
        snprintf(m->library, sizeof m->library, "%s", library);
        const char *const slash = strrchr(library, '/');
        if (strcmp(slash ? slash + 1 : library, library_name(p))) {
            error = -EXDEV;
            break;
        }
        const uint64_t bytes = strtoull(kb, NULL, 10) << 10;
        peak = bytes > peak ? bytes : peak;
        error = 0;
    }
    if (f)
        fclose(f);
    m->row.rss_peak_bytes = peak ? peak : HT_ABSENT;
    return error;
}

static int judge(struct program *p, struct ht_measurement *m, const struct ht_ended *ended, uint64_t expected)
{
    char last[160];
    int status = 0;
    uint64_t hash = 0;
    ht_last_line(ended->err, last, sizeof last);
    if (ended->timed_out)
        return fail(m, HT_HANG, "no end before the timeout of %s", "the program");
    if (ended->signal || ended->exit_status || read_timing(p, &m->row, &status))
        return fail(m, HT_ERROR, "hyperfine failed: %s", last);
    const int seen = read_witness(p, m);
    if (status)
        m->row.wall_ns = m->row.cpu_ns = NAN;
    if (status < 0)
        return fail(m, HT_CRASH, "killed by a signal: %s", p->command);
    if (status)
        return fail(m, HT_ERROR, "it failed: %s", last[0] ? last : p->command);
    if (seen == -EXDEV)
        return fail(m, HT_ERROR, "the preload did not take: malloc comes from %s", m->library);
    if (seen)
        return fail(m, HT_ERROR, "no proof that the preload took: %s ended without a line of the witness",
                    p->command);
    if (hash_file(p->output, &hash) || hash != expected)
        return fail(m, HT_CORRUPT, "its output is not the one without a preload: %s", p->output);
    return fail(m, HT_OK, "%s", "");
}

int ht_program_measure(const struct ht_measure *measure, size_t cell, struct ht_measurement *m)
{
    struct program *const p = calloc(1, sizeof *p);
    if (!p)
        return -ENOMEM;
    p->measure = measure;
    p->strategy = ht_plan_strategy(measure->plan, cell);
    int error = 0;
    if ((p->strategy->kind != HT_STRATEGY_MALLOC && p->strategy->kind != HT_STRATEGY_PRELOAD) ||
        p->strategy->is_debugger) {
        fail(m, HT_UNSUPPORTED, "%s", "a program takes drop-in allocators only");
    } else {
        uint64_t expected = 0;
        struct ht_ended ended;
        locate(p, m->row.workload);
        name_preload(p);
        error = prepare(p, m, &expected);
        if (!error)
            error = run_timed(p, &ended);
        if (!error)
            error = ended.interrupted ? -EINTR : judge(p, m, &ended, expected);
        if (error == -ENOPKG) /* said in the row */
            error = 0;
    }
    free(p);
    return error;
}
