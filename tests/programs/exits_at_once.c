/* Right: it says what is wrong and exits. What it holds then, in main, in frames above and in globals, is no leak. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char *kept;

static void *must_have(size_t bytes)
{
    void *const p = malloc(bytes);
    if (!p) {
        fputs("out of memory\n", stderr);
        exit(2);
    }
    return p;
}

__attribute__((noinline)) static int work(const char *name)
{
    char *const copy = must_have(100);
    snprintf(copy, 100, "work on %s", name);
    char *const more = must_have(200);
    snprintf(more, 200, "%s, done", copy);
    puts(more);
    free(more);
    free(copy);
    return 0;
}

int main(void)
{
    char *const name = must_have(10);
    strcpy(name, "it");
    kept = must_have(50);
    work(name);
    char *const last = malloc(60);
    if (!last) {
        fputs("no memory at the end\n", stderr);
        return 3; /* name is still held by this frame */
    }
    free(last);
    return 0;
}
