/* heaptrial doctor: what to know before believing a figure that was measured here. */
#include <argp.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "bench/doctor.h"
#include "bench/machine.h"
#include "bench/strategy.h"
#include "cli/cli.h"

enum { PAIRS = 15 };

static const struct argp_option options[] = {{0}};

static const char doc[] =
    "See whether this machine and this build can be trusted: what the clock and the harness cost, "
    "how much identical cells differ, what the system does to timing, which packages are missing. "
    "Takes about 20 seconds."
    "\vExample:\n"
    "  heaptrial doctor\n";

static void line(const char *mark, const char *name, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* "ok", "!" for what the user may want to change, "-" for what is only told. */
static void line(const char *mark, const char *name, const char *format, ...)
{
    va_list args;
    printf("%-3s %-22s ", mark, name);
    va_start(args, format);
    vprintf(format, args);
    va_end(args);
    putchar('\n');
    fflush(stdout);
}

static void tell_machine(void)
{
    struct ht_machine m;
    ht_machine_read(&m);
    line("-", "machine", "%u cores, %" PRIu64 " MiB, %s", m.cores, m.memory_bytes >> 20, m.cpu);
    line("-", "system", "%s, %s, %s, built by %s", m.os, m.kernel, m.libc, m.compiler);
    if (m.governor[0])
        line(strcmp(m.governor, "performance") ? "!" : "ok", "governor", "%s%s", m.governor,
             strcmp(m.governor, "performance") ? ": cpupower frequency-set -g performance steadies times"
                                               : "");
    else
        line("-", "governor", "not told (a virtual machine?)");
    line(m.aslr > 0 ? "ok" : "!", "ASLR", "%s",
         m.aslr > 0
             ? "on: layouts vary from process to process, as they should for times"
             : "off: one layout is measured as if it were all of them; sysctl kernel.randomize_va_space=2");
    line(strstr(m.thp, "[always]") ? "!" : "ok", "transparent huge pages", "%s%s",
         m.thp[0] ? m.thp : "not told",
         strstr(m.thp, "[always]") ? ": resident sizes come in steps of 2 MiB" : "");
}

static void tell_clock(void)
{
    const struct ht_tick_rate rate = ht_tick_rate_measure();
    const uint64_t start = ht_wall_ns();
    for (int i = 0; i < 100000; i++)
        ht_wall_ns();
    line("-", "clock", "%.1f ns is in each latency (%.3f ns a tick); clock_gettime costs %.1f ns",
         rate.cost_ns, rate.ns_per_tick, (double)(ht_wall_ns() - start) / 100000);
}

static int tell_floor(void)
{
    struct ht_doctor_floor f;
    char why[256] = "";
    if (ht_doctor_floor(PAIRS, &f, why)) {
        line("!", "harness floor", "could not be measured: %s", why);
        return HT_EXIT_FAILED;
    }
    line(f.over_hand_ns <= 0.3 ? "ok" : "!", "harness floor",
         "%+.2f ns an operation over the loop by hand (%.2f and %.2f); at most 0.3 is fine", f.over_hand_ns,
         f.null_ns, f.by_hand_ns);
    line(f.over_null_ns <= 2 ? "ok" : "!", "plug-in dispatch",
         "%+.2f ns an operation (%.2f); at most 2 is fine", f.over_null_ns, f.plugin_ns);
    return HT_EXIT_GOOD;
}

static int tell_mallocs(void)
{
    long long calls;
    char why[256] = "";
    if (ht_doctor_mallocs(&calls, why)) {
        line("!", "harness mallocs", "could not be counted: %s", why);
        return HT_EXIT_FAILED;
    }
    line(calls ? "!" : "ok", "harness mallocs", "%lld in the window", calls);
    return HT_EXIT_GOOD;
}

static int tell_noise(void)
{
    struct ht_doctor_noise n;
    char why[256] = "";
    if (ht_doctor_noise(PAIRS, &n, why)) {
        line("!", "noise", "could not be measured: %s", why);
        return HT_EXIT_FAILED;
    }
    line(n.cpu_p95 < 0.05 ? "ok" : "!", "noise",
         "identical cells differ by %.1f %% of CPU time (95th percentile %.1f %%), %.1f %% of wall time "
         "(%.1f %%)",
         100 * n.cpu_median, 100 * n.cpu_p95, 100 * n.wall_median, 100 * n.wall_p95);
    return HT_EXIT_GOOD;
}

static void tell_strategies(void)
{
    size_t absent = 0;
    for (size_t i = 0; i < ht_strategy_count(); i++) {
        const struct ht_strategy s = ht_strategy_at(i);
        if (s.absent[0])
            line("!", s.name, "%s", s.absent);
        absent += s.absent[0] != 0;
    }
    if (!absent)
        line("ok", "strategies", "all %zu can run", ht_strategy_count());
    static const char *const programs[][2] = {{"gnuplot", "gnuplot-nox, for plots"},
                                              {"hyperfine", "hyperfine, for programs"},
                                              {"valgrind", "valgrind, for instructions"}};
    for (size_t i = 0; i < sizeof programs / sizeof programs[0]; i++) {
        char path[64];
        snprintf(path, sizeof path, "/usr/bin/%s", programs[i][0]);
        if (access(path, X_OK))
            line("!", programs[i][0], "is missing: apt-get install %s", programs[i][1]);
    }
}

int cmd_doctor(int argc, char **argv)
{
    const struct argp argp = {options, NULL, NULL, doc, NULL, NULL, NULL};
    argp_parse(&argp, argc, argv, 0, NULL, NULL);
    tell_machine();
    tell_strategies();
    tell_clock();
    int status = tell_mallocs();
    status |= tell_floor();
    status |= tell_noise();
    return status ? HT_EXIT_FAILED : HT_EXIT_GOOD;
}
