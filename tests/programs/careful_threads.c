/* Right, with four threads that do the same. */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { THREADS = 4 };

static void *run(void *of)
{
    for (int i = 0; i < 10; i++) {
        char *const p = malloc(20 + (size_t)i);
        if (!p)
            return of;
        p[0] = 1;
        free(p);
    }
    return NULL;
}

int main(void)
{
    static int failed;
    pthread_t thread[THREADS];
    void *result = NULL, *bad = NULL;
    int started = 0;
    while (started < THREADS && !pthread_create(&thread[started], NULL, run, &failed))
        started++;
    for (int i = 0; i < started; i++) {
        pthread_join(thread[i], &result);
        bad = result ? result : bad;
    }
    const char *const said = bad || started < THREADS ? "no memory\n" : "done\n";
    if (write(bad ? 2 : 1, said, strlen(said)) < 0)
        return 2;
    return bad || started < THREADS ? 1 : 0;
}
