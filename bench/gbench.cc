#include "bench/gbench.h"

#include <benchmark/benchmark.h>

#include <cerrno>
#include <new>
#include <vector>

using benchmark::State;

/* ---- the two opaque types are the library's own */

static benchmark::internal::Benchmark *of(gbench *b)
{
    return reinterpret_cast<benchmark::internal::Benchmark *>(b);
}

static State *of(gbench_state *s)
{
    return reinterpret_cast<State *>(s);
}

static const State *of(const gbench_state *s)
{
    return reinterpret_cast<const State *>(s);
}

/* Runs `f`; an exception becomes a negative errno. */
template <typename F> static int guarded(F f) noexcept
{
    try {
        f();
        return 0;
    } catch (const std::bad_alloc &) {
        return -ENOMEM;
    } catch (...) {
        return -EINVAL;
    }
}

/* Hands each run to the C callback and prints nothing. */
class CallbackReporter : public benchmark::BenchmarkReporter
{
  public:
    CallbackReporter(void (*report)(const gbench_report *, void *), void *context)
        : report_(report), context_(context)
    {
    }
    bool ReportContext(const Context &) override
    {
        return true;
    }
    void ReportRuns(const std::vector<Run> &runs) override
    {
        for (const Run &run : runs) {
            const std::string name = run.benchmark_name();
            gbench_report r = {};
            r.name = name.c_str();
            r.error = run.error_occurred ? run.error_message.c_str() : nullptr;
            r.label = run.report_label.c_str();
            r.is_aggregate = run.run_type == Run::RT_Aggregate;
            r.repetition = run.repetition_index;
            r.iterations = static_cast<int64_t>(run.iterations);
            r.threads = run.threads;
            r.real_ns = run.real_accumulated_time * 1e9;
            r.cpu_ns = run.cpu_accumulated_time * 1e9;
            report_(&r, context_);
        }
    }

  private:
    void (*report_)(const gbench_report *, void *);
    void *context_;
};

extern "C" {

void gbench_initialize(int *argc, char **argv)
{
    benchmark::Initialize(argc, argv);
}

void gbench_context(const char *key, const char *value)
{
    guarded([&] { benchmark::AddCustomContext(key, value); });
}

size_t gbench_run(void (*report)(const gbench_report *, void *), void *context)
{
    size_t matched = 0;
    guarded([&] {
        if (report) {
            CallbackReporter reporter(report, context);
            matched = benchmark::RunSpecifiedBenchmarks(&reporter);
        } else {
            matched = benchmark::RunSpecifiedBenchmarks();
        }
    });
    return matched;
}

void gbench_shutdown(void)
{
    benchmark::Shutdown();
}

gbench *gbench_register(const char *name, void (*function)(gbench_state *, void *), void *context)
{
    benchmark::internal::Benchmark *b = nullptr;
    guarded([&] {
        b = benchmark::RegisterBenchmark(
            name, [function, context](State &s) { function(reinterpret_cast<gbench_state *>(&s), context); });
    });
    return reinterpret_cast<gbench *>(b);
}

int gbench_arg(gbench *b, int64_t value)
{
    return guarded([&] { of(b)->Arg(value); });
}

int gbench_args(gbench *b, const int64_t *values, size_t n)
{
    return guarded([&] { of(b)->Args(std::vector<int64_t>(values, values + n)); });
}

int gbench_arg_names(gbench *b, const char *const *names, size_t n)
{
    return guarded([&] { of(b)->ArgNames(std::vector<std::string>(names, names + n)); });
}

void gbench_iterations(gbench *b, int64_t n)
{
    of(b)->Iterations(n);
}

void gbench_repetitions(gbench *b, int n)
{
    of(b)->Repetitions(n);
}

void gbench_unit(gbench *b, enum gbench_unit unit)
{
    static const benchmark::TimeUnit units[] = {benchmark::kNanosecond, benchmark::kMicrosecond,
                                                benchmark::kMillisecond, benchmark::kSecond};
    of(b)->Unit(units[unit]);
}

void gbench_threads(gbench *b, int n)
{
    of(b)->Threads(n);
}

void gbench_use_manual_time(gbench *b)
{
    of(b)->UseManualTime();
}

void gbench_use_real_time(gbench *b)
{
    of(b)->UseRealTime();
}

void gbench_measure_process_cpu_time(gbench *b)
{
    of(b)->MeasureProcessCPUTime();
}

void gbench_complexity(gbench *b, enum gbench_complexity complexity)
{
    static const benchmark::BigO orders[] = {benchmark::oAuto, benchmark::o1,     benchmark::oLogN,
                                             benchmark::oN,    benchmark::oNLogN, benchmark::oNSquared};
    of(b)->Complexity(orders[complexity]);
}

int gbench_statistic(gbench *b, const char *name, double (*statistic)(const double *, size_t))
{
    /* The library takes a plain function: the C one is found by a slot that a static trampoline knows. */
    static double (*slots[4])(const double *, size_t);
    static size_t used;
    static benchmark::StatisticsFunc *const trampolines[] = {
        [](const std::vector<double> &v) { return slots[0](v.data(), v.size()); },
        [](const std::vector<double> &v) { return slots[1](v.data(), v.size()); },
        [](const std::vector<double> &v) { return slots[2](v.data(), v.size()); },
        [](const std::vector<double> &v) { return slots[3](v.data(), v.size()); },
    };
    if (used == sizeof slots / sizeof slots[0])
        return -ENOSPC;
    slots[used] = statistic;
    return guarded([&] { of(b)->ComputeStatistics(name, trampolines[used++]); });
}

int gbench_keep_running_batch(gbench_state *s, int64_t n)
{
    return of(s)->KeepRunningBatch(n);
}

int64_t gbench_planned_iterations(const gbench_state *s)
{
    return static_cast<int64_t>(of(s)->max_iterations);
}

int64_t gbench_done_iterations(const gbench_state *s)
{
    return static_cast<int64_t>(of(s)->iterations());
}

int64_t gbench_range(const gbench_state *s, size_t index)
{
    return of(s)->range(index);
}

int gbench_thread_index(const gbench_state *s)
{
    return of(s)->thread_index();
}

void gbench_pause(gbench_state *s)
{
    of(s)->PauseTiming();
}

void gbench_resume(gbench_state *s)
{
    of(s)->ResumeTiming();
}

void gbench_set_iteration_time(gbench_state *s, double seconds)
{
    of(s)->SetIterationTime(seconds);
}

void gbench_skip_with_error(gbench_state *s, const char *message)
{
    of(s)->SkipWithError(message);
}

void gbench_set_label(gbench_state *s, const char *label)
{
    of(s)->SetLabel(label);
}

void gbench_set_items(gbench_state *s, int64_t items)
{
    of(s)->SetItemsProcessed(items);
}

void gbench_set_counter(gbench_state *s, const char *name, double value)
{
    guarded([&] { of(s)->counters[name] = value; });
}
}
