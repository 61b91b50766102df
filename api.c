#include <errno.h>
#include <heaptrial/faults.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define CHECK(it) do { if (!(it)) { printf("line %d: %s\n", __LINE__, #it); bad = 1; } } while (0)
static int bad;

static int fails(void)
{
    void *p = malloc(10);
    free(p);
    return !p;
}

static void *benign_thread(void *out)
{
    heaptrial_benign_begin();
    *(int *)out = fails();
    return NULL;
}

int main(void)
{
    char why[256] = "";
    pthread_t thread;
    int status, in_thread = 1;
    CHECK(!fails() && heaptrial_calls() == 0); /* nothing is armed */
    CHECK(heaptrial_arm("fail:nht=1", why, sizeof why) == EINVAL && strstr(why, "character 6"));
    CHECK(heaptrial_arm("os:mmap", why, sizeof why) == EINVAL && strstr(why, "only a plan fail"));
    CHECK(heaptrial_arm("nonsense", NULL, 0) == EINVAL);
    CHECK(heaptrial_arm("fail:nth=2", why, sizeof why) == 0);
    CHECK(!fails() && fails() && !fails());
    CHECK(heaptrial_calls() == 3 && heaptrial_fired() == 1 && heaptrial_live() == 0);
    void *kept = malloc(10);
    CHECK(heaptrial_live() == 1);
    heaptrial_disarm();
    void *other = malloc(10); /* not while it is armed */
    CHECK(heaptrial_live() == 1);
    kept = realloc(kept, 20);
    CHECK(heaptrial_live() == 0); /* a block that was allocated later */
    free(kept);
    free(other);
    CHECK(heaptrial_arm("fail:from=1", NULL, 0) == 0); /* anew */
    CHECK(heaptrial_calls() == 0 && fails() && fails());
    heaptrial_benign_begin();
    heaptrial_benign_begin();
    CHECK(!fails());
    heaptrial_benign_end();
    CHECK(!fails());
    CHECK(!fails());
    heaptrial_benign_end();
    heaptrial_benign_end(); /* one too many does no harm */
    CHECK(fails() && heaptrial_calls() == 3);
    heaptrial_disarm();
    CHECK(pthread_create(&thread, NULL, benign_thread, &in_thread) == 0);
    CHECK(heaptrial_arm("fail:from=1", NULL, 0) == 0);
    pthread_join(thread, NULL);
    CHECK(in_thread == 0 && fails()); /* a scope is of one thread */
    if (fork() == 0) /* a child is left alone, until it arms something itself */
        _exit(fails() || heaptrial_arm("fail:from=1", NULL, 0) || !fails());
    wait(&status);
    CHECK(status == 0);
    CHECK(heaptrial_arm("fail:from=1,after=steady", NULL, 0) == 0);
    CHECK(!fails());
    heaptrial_steady();
    CHECK(fails());
    CHECK(heaptrial_arm("fail:p=0.3,seed=7", NULL, 0) == 0);
    unsigned long first = 0, second = 0;
    for (int i = 0; i < 60; i++)
        first = first << 1 | (unsigned long)fails();
    CHECK(heaptrial_arm("fail:p=0.3,seed=7", NULL, 0) == 0);
    for (int i = 0; i < 60; i++)
        second = second << 1 | (unsigned long)fails();
    heaptrial_disarm();
    CHECK(first && first == second);
    return bad;
}
