/* Seeded: the second of two threads does not look whether there was memory; the first does. */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void *careful(void *of)
{
    for (int i = 0; i < 20; i++) {
        char *const p = malloc(20);
        if (!p)
            return of;
        p[0] = 1;
        free(p);
    }
    return NULL;
}

static void *careless(void *of)
{
    (void)of;
    for (int i = 0; i < 20; i++) {
        char *const p = malloc(300);
        memset(p, i, 300);
        free(p);
    }
    return NULL;
}

int main(void)
{
    static int failed;
    pthread_t thread[2];
    void *result[2] = {NULL, NULL};
    if (pthread_create(&thread[0], NULL, careful, &failed) ||
        pthread_create(&thread[1], NULL, careless, NULL))
        return 3;
    for (int i = 0; i < 2; i++)
        pthread_join(thread[i], &result[i]);
    const char *const said = result[0] ? "no memory\n" : "done\n";
    if (write(result[0] ? 2 : 1, said, strlen(said)) < 0)
        return 2;
    return result[0] ? 1 : 0;
}
