/* Threads have numbers in the order of their creation, which is the same from run to run where one thread creates the
 * others: the number is drawn by who creates, not by who starts to run first. */
#include <errno.h>
#include <string.h>
#include <threads.h>

#include "faults/preload/injector.h"

enum { STARTS = 256 };

_Thread_local struct ht_self ht_self;

/* What a new thread is to do; of a static table, since nothing may be allocated. */
struct start {
    _Atomic bool is_taken;
    uint32_t number;
    void *(*run)(void *);
    int (*run_c11)(void *);
    void *arg;
};

static struct start starts[STARTS];

static uint32_t draw_number(void)
{
    return atomic_fetch_add(&ht_control->threads, 1) + 1;
}

uint32_t ht_thread_number(void)
{
    if (!ht_self.number)
        ht_self.number = draw_number();
    return ht_self.number;
}

/* NULL when more threads are being created at once than there is room for: they are numbered as they come. */
static struct start *take(void)
{
    for (int i = 0; i < STARTS; i++)
        if (!atomic_exchange(&starts[i].is_taken, true))
            return &starts[i];
    return NULL;
}

static struct start begin(struct start *of)
{
    const struct start s = {.number = of->number, .run = of->run, .run_c11 = of->run_c11, .arg = of->arg};
    atomic_store(&of->is_taken, false);
    ht_self.number = s.number;
    ht_self.top = (uintptr_t)__builtin_frame_address(0);
    return s;
}

static void *run(void *of)
{
    const struct start s = begin(of);
    return s.run(s.arg);
}

static int run_c11(void *of)
{
    const struct start s = begin(of);
    return s.run_c11(s.arg);
}

HT_EXPORT int pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*f)(void *),
                             void *arg)
{
    static int (*_Atomic next)(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *);
    if (!next)
        *(void **)&next = ht_next_symbol("pthread_create");
    struct start *const s = ht_is_off ? NULL : take();
    if (!s)
        return next(thread, attributes, f, arg);
    s->run = f;
    s->arg = arg;
    s->number = draw_number();
    const int error = next(thread, attributes, run, s);
    if (error)
        atomic_store(&s->is_taken, false);
    return error;
}

HT_EXPORT int thrd_create(thrd_t *thread, thrd_start_t f, void *arg)
{
    static int (*_Atomic next)(thrd_t *, thrd_start_t, void *);
    if (!next)
        *(void **)&next = ht_next_symbol("thrd_create");
    struct start *const s = ht_is_off ? NULL : take();
    if (!s)
        return next(thread, f, arg);
    s->run_c11 = f;
    s->arg = arg;
    s->number = draw_number();
    const int error = next(thread, run_c11, s);
    if (error != thrd_success)
        atomic_store(&s->is_taken, false);
    return error;
}
