#!/bin/sh
# The library for a user's own tests: the example is built against what is installed, passes, and fails when what it
# tests is broken; a program that speaks to the library is heard.
. tests/cli/lib.sh
root=$tmp/root
env -u MAKEFLAGS make -s --no-print-directory B="${HT_BUILD:-build}" PREFIX="$root" install-faults >"$tmp/out" 2>&1 ||
    { fail "make install-faults: $(cat "$tmp/out")"; exit; }
export PKG_CONFIG_PATH="$root/share/pkgconfig"
cp -r "$root/share/doc/heaptrial/example" "$tmp/example"
cd "$tmp/example"
unset MAKEFLAGS MAKELEVEL
example() {
    make -s check >"$tmp/out" 2>&1
}
example || fail "the example: $(cat "$tmp/out")"
grep -q 'PASSED.*3 test' "$tmp/out" || fail "the example: $(cat "$tmp/out")"

# broken WHAT SED-SCRIPT: with this fault in it the example's test must fail.
broken() {
    cp settings.c sound.c
    rm -f test_settings
    sed -i "$2" settings.c
    cmp -s settings.c sound.c && fail "$1: nothing was changed"
    example && fail "$1 is not noticed"
    mv sound.c settings.c
    rm -f test_settings
}
broken 'a name that is not checked' 's/if (!name || !value)/if (!value)/'
broken 'a leak on the way out' 's/^        free(name);$//'
broken 'a list that is lost' 's/= realloc(s->list, /= s->list = realloc(s->list, /'
broken 'half of it added' 's/^        drop(s, before);/        ;/'
broken 'an error that is swallowed' 's/return error;/return 0;/'

cat >api.c <<'EOF'
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
EOF
flags="-fno-builtin -pthread $(pkg-config --cflags --libs heaptrial-faults)"
gcc -Wall api.c $flags -o api && ./api >"$tmp/out" || fail "the interface: $(cat "$tmp/out")"
command -v g++ >/dev/null && { printf '#include <heaptrial/faults.h>\nint main() { return heaptrial_arm("fail:nth=1", 0, 0) || (bool)new (std::nothrow) int; }\n' | sed '1i #include <new>' >new.cc
    g++ -O0 new.cc $flags -o new && ./new || fail 'new (std::nothrow) does not fail'; }

# A sanitizer's malloc comes first: it is said, instead of finding nothing.
printf '#include <heaptrial/faults.h>\n#include <stdio.h>\nint main(void) { char why[256] = ""; int e = heaptrial_arm("fail:nth=1", why, 256); puts(why); return e != 95; }\n' >asan.c
if gcc -fsanitize=address asan.c $flags -o asan 2>/dev/null; then
    ./asan >"$tmp/out" 2>&1 && grep -q 'another malloc' "$tmp/out" || fail "under a sanitizer: $(cat "$tmp/out")"
fi

# Under heaptrial its own plans are off, and heaptrial hears heaptrial_steady().
cat >steady.c <<'EOF'
#include <heaptrial/faults.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

int main(void)
{
    const int busy = heaptrial_arm("fail:from=1", NULL, 0);
    void *volatile before = malloc(10);
    void *map = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    heaptrial_steady();
    void *volatile after = malloc(10);
    void *other = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    heaptrial_disarm();
    printf("%s %c%c%c%c\n", busy ? "busy" : "free", before ? '.' : 'x', map != MAP_FAILED ? '.' : 'x', after ? '.' : 'x',
           other != MAP_FAILED ? '.' : 'x');
    return 0;
}
EOF
gcc -Wall steady.c $flags -o steady || fail 'no steady'
$heaptrial inject --fault fail:after=steady,nth=1 -- ./steady >"$tmp/out" 2>"$tmp/err"
[ "$(cat "$tmp/out")" = 'busy ..x.' ] || fail "fail:after=steady: $(cat "$tmp/out" "$tmp/err")"
$heaptrial inject --fault os:mmap,after=steady,nth=1 -- ./steady >"$tmp/out" 2>"$tmp/err"
grep -q 'not to be had' "$tmp/err" || [ "$(cat "$tmp/out")" = 'free x.xx' ] || fail "os:after=steady: $(cat "$tmp/out" "$tmp/err")"
