#include "results/selftest.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "results/file.h"
#include "results/gate.h"

static const char HEADER[] = "trial,plant,status,lines,regressed,not_confirmed,seconds,load\n";

/* Level of all intervals. */
static const double level = 0.95;

const struct ht_plant ht_plants[HT_PLANTS] = {
#define X(word, base, new, tiers, percent, trials, must, meaning)                                            \
    {word, base, new, tiers, percent, trials, must, meaning},
    HT_PLANTS_LIST(X)
#undef X
};

int ht_plant_find(const char *word)
{
    for (int i = 0; i < HT_PLANTS; i++)
        if (!strcmp(word, ht_plants[i].word))
            return i;
    return -1;
}

/* ---- the file ------------------------------------------------------------------------------------------- */

static bool parse_line(const char *line, struct ht_trial *t)
{
    char word[32];
    int end = 0;
    if (sscanf(line, "%u,%31[^,],%d,%u,%u,%u,%lf,%lf%n", &t->number, word, &t->status, &t->lines,
               &t->regressed, &t->not_confirmed, &t->seconds, &t->load, &end) < 8 ||
        line[end])
        return false;
    t->plant = ht_plant_find(word);
    return t->plant >= 0;
}

/* A last line without its end was cut short. */
static int parse(struct ht_selftest *s, char *text, char why[256])
{
    size_t number = 1;
    char *line = text, *end;
    if (strncmp(text, HEADER, strlen(HEADER))) {
        snprintf(why, 256, "it does not begin as a selftest.csv of this version does");
        return -EPROTO;
    }
    for (line += strlen(HEADER); (end = strchr(line, '\n')); line = end + 1) {
        struct ht_trial *const more = realloc(s->trial, (s->trials + 1) * sizeof *more);
        if (!more)
            return -ENOMEM;
        s->trial = more;
        *end = '\0';
        number++;
        if (!parse_line(line, &more[s->trials++])) {
            snprintf(why, 256, "line %zu is no trial: %.80s", number, line);
            return -EINVAL;
        }
    }
    return 0;
}

int ht_selftest_read(struct ht_selftest *s, const char *folder, char why[256])
{
    char *path, *text, reason[256] = "";
    size_t bytes;
    *s = (struct ht_selftest){.trials = 0};
    if (asprintf(&path, "%s/selftest.csv", folder) < 0)
        return -ENOMEM;
    int error = ht_file_read(path, &text, &bytes);
    if (error == -ENOENT) {
        free(path);
        return 0;
    }
    if (!error)
        error = parse(s, text, reason);
    if (error)
        snprintf(why, 256, "%.100s: %.150s", path, reason[0] ? reason : strerror(-error));
    if (error)
        ht_selftest_close(s);
    free(text);
    free(path);
    return error;
}

void ht_selftest_close(struct ht_selftest *s)
{
    free(s->trial);
    *s = (struct ht_selftest){.trials = 0};
}

static int write_whole(int fd, const char *text)
{
    const size_t bytes = strlen(text);
    const ssize_t n = write(fd, text, bytes);
    return n == (ssize_t)bytes ? 0 : n < 0 ? -errno : -ENOSPC;
}

/* What was cut short goes; 0, the length that is whole, or a negative errno. */
static int mend(int fd)
{
    char c = '\n';
    off_t end = lseek(fd, 0, SEEK_END);
    while (end > 0 && pread(fd, &c, 1, end - 1) == 1 && c != '\n')
        end--;
    return ftruncate(fd, end) ? -errno : 0;
}

int ht_selftest_append(const char *folder, const struct ht_trial *t)
{
    char *path, line[256];
    if (asprintf(&path, "%s/selftest.csv", folder) < 0)
        return -ENOMEM;
    const int fd = open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
    int error = fd < 0 ? -errno : mend(fd);
    free(path);
    if (!error && lseek(fd, 0, SEEK_END) == 0)
        error = write_whole(fd, HEADER);
    snprintf(line, sizeof line, "%u,%s,%d,%u,%u,%u,%.3f,%.2f\n", t->number, ht_plants[t->plant].word,
             t->status, t->lines, t->regressed, t->not_confirmed, t->seconds, t->load);
    if (!error)
        error = write_whole(fd, line);
    if (fd >= 0)
        close(fd);
    return error;
}

/* ---- rates ---------------------------------------------------------------------------------------------- */

enum { PASSED = 0, CALLED = 3 };

static double median_seconds(const struct ht_selftest *s, int plant)
{
    double *const x = malloc((s->trials + 1) * sizeof *x), median = NAN;
    size_t n = 0;
    for (size_t i = 0; x && i < s->trials; i++)
        if (s->trial[i].plant == plant)
            x[n++] = s->trial[i].seconds;
    if (x) {
        ht_sort(x, n);
        median = ht_median(x, n);
    }
    free(x);
    return median;
}

/* 1 % of false alarms is what may be. */
static const double false_alarms = 0.01;

struct ht_plant_rate ht_selftest_rate(const struct ht_selftest *s, int plant)
{
    struct ht_plant_rate r = {.gates = 0};
    for (size_t i = 0; i < s->trials; i++) {
        const struct ht_trial *const t = &s->trial[i];
        if (t->plant != plant)
            continue;
        r.gates++;
        r.called += t->status == CALLED;
        r.failed += t->status != CALLED && t->status != PASSED;
        r.lines += t->lines;
        r.regressed += t->regressed;
    }
    r.rate = ht_clopper_pearson(r.called, r.gates - r.failed, level);
    r.seconds = median_seconds(s, plant);
    const double must = ht_plants[plant].must;
    r.holds = !r.failed && (must < 0 ? !(r.rate.low > false_alarms) : !(r.rate.high < must));
    return r;
}

struct ht_plant_rate ht_selftest_false_alarms(const struct ht_selftest *s)
{
    struct ht_plant_rate all = {.gates = 0};
    for (int i = 0; i < HT_PLANTS; i++) {
        const struct ht_plant_rate r = ht_selftest_rate(s, i);
        if (ht_plants[i].must >= 0)
            continue;
        all.gates += r.gates;
        all.called += r.called;
        all.failed += r.failed;
    }
    all.rate = ht_clopper_pearson(all.called, all.gates - all.failed, level);
    return all;
}

bool ht_plant_is_on_curve(int plant, const struct ht_plant_rate *rate)
{
    return ht_plants[plant].percent >= 0 && ht_plants[plant].tiers[0] != 'e' && rate->gates > rate->failed;
}

double ht_selftest_load(const struct ht_selftest *s)
{
    double sum = 0;
    for (size_t i = 0; i < s->trials; i++)
        sum += s->trial[i].load;
    return sum / (double)s->trials;
}

bool ht_selftest_holds(const struct ht_selftest *s)
{
    for (int i = 0; i < HT_PLANTS; i++)
        if (!ht_selftest_rate(s, i).holds)
            return false;
    return true;
}
