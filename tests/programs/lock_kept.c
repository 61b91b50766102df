/* Seeded: an error returns without giving the lock back; the next one who wants it waits for ever. */
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

__attribute__((noinline)) static int add(void)
{
    pthread_mutex_lock(&lock);
    char *const p = malloc(30);
    if (!p)
        return -1;
    p[0] = '.';
    const int error = write(1, p, 1) == 1 ? 0 : -1;
    free(p);
    pthread_mutex_unlock(&lock);
    return error;
}

int main(void)
{
    int bad = 0;
    for (int i = 0; i < 2; i++)
        bad |= add();
    if (bad && write(2, "failed\n", 7) != 7)
        return 2;
    return bad ? 1 : 0;
}
