#!/bin/sh
# heaptrial inject: any one program under any plan. What fails is honest, and only the program itself is hit.
. tests/cli/lib.sh
cd "$tmp"

# subject WHAT: what a program sees. Each allocation prints '.' or what is wrong with it.
cat >subject.c <<'EOF'
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

static char line[4096];
static int at;

static void say(char c) { line[at++] = c; }

/* 'x' where it failed as it should. */
static void judge(const void *p) { say(p ? '.' : errno == ENOMEM ? 'x' : '!'); errno = 0; }

__attribute__((noinline)) static void *named(size_t bytes) { void *p = malloc(bytes); judge(p); return p; }

static void *in_thread(void *unused) { judge(malloc(10)); return unused; }

static void honest(void)
{
    char *kept = malloc(100);
    judge(kept);
    judge(calloc(10, 10));
    errno = 0;
    judge(realloc(kept, 200)); /* when it fails the block is whole */
    void *p;
    errno = 7;
    const int error = posix_memalign(&p, 64, 100);
    say(error == 0 ? '.' : error == ENOMEM && errno == 7 ? 'x' : '!');
    errno = 0;
    judge(aligned_alloc(64, 128));
    judge(reallocarray(NULL, 10, 10));
    judge(strdup("text"));
    errno = 0;
    free(malloc(10));
    free(NULL);
    say(errno == 0 || errno == ENOMEM ? '.' : '!');
}

/* realloc(p, 0) frees, and does not fail: glibc then returns NULL and leaves errno. */
static void frees(void)
{
    for (int i = 0; i < 4; i++) {
        void *block = malloc(100);
        errno = 0;
        if (block && realloc(block, 0) == NULL)
            say(errno ? '!' : 'f');
        else
            say('x');
    }
}

int main(int argc, char **argv)
{
    const char *what = argc > 1 ? argv[1] : "";
    for (; *what; what++) {
        int status;
        pthread_t thread;
        switch (*what) {
        case 'h': honest(); break;
        case 'r': frees(); break;
        case 'm': judge(malloc(10)); break;
        case 'k': { void *p = malloc(10); judge(p); free(p); break; }
        case 'C': { void *p = calloc(1, 10); judge(p); free(p); break; }
        case 'M': judge(malloc(200000)); break;
        case 'n': named(10); break;
        case 'd': judge(strdup("text")); break;
        case 'A': judge(mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED ? NULL : line); break;
        case 't': if (pthread_create(&thread, NULL, in_thread, NULL)) say('T'); else pthread_join(thread, NULL); break;
        case 'f': /* a child */
            if (fork() == 0) _exit(malloc(10) && mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) != MAP_FAILED ? 0 : 1);
            wait(&status);
            say(status ? '!' : '.');
            break;
        case 's': say(system("./subject mmm >child") == 0 ? '.' : '!'); break;
        case 'e': execl("./subject", "subject", "mmm", NULL); break;
        case 'p': pause(); break;
        case 'l': for (;;) pause();
        case 'a': abort();
        case 'c': { char c = 0; close(creat("waits", 0600)); say(read(0, &c, 1) == 1 ? c : '-'); break; }
        case 'g': for (int i = 0; i < 200; i++) { void *p = malloc(1 << 20); if (!p) { say('x'); break; } memset(p, 1, 1 << 20); } break;
        }
    }
    line[at++] = '\n';
    return write(1, line, (size_t)at) != at;
}
EOF
gcc -g -O1 -fno-builtin -pthread subject.c -o subject || { fail 'no subject'; exit; }
gcc -g -O1 -fno-builtin -pthread -static subject.c -o static 2>/dev/null || echo 'no static C library: static programs are not tried'

# inject STATUS PLAN WHAT PRINTS [REGEX]: what it prints, and what stderr says.
inject() {
    $heaptrial inject --fault "$2" ${options-} -- ${program-./subject} "$3" >out 2>err </dev/null
    got=$?
    [ $got = "$1" ] || fail "$2 $3: exit $got, not $1: $(cat err)"
    [ "$(cat out)" = "$4" ] || fail "$2 $3: it prints '$(cat out)', not '$4': $(cat err)"
    [ $# -lt 5 ] || grep -qE -- "$5" err || fail "$2 $3: stderr does not match '$5': $(cat err)"
}

# ---- what fails is honest
inject 0 fail:nth=100 h '........' 'none failed of 8 calls.*did not fire'
inject 0 fail:from=1 h 'xxxxxxx.' '8 of 8 calls failed'
inject 0 fail:nth=3 h '..x.....' '1 of 8 calls failed'
inject 0 fail:op=calloc h '.x......' '1 of 1 call failed'
inject 0 fail:op=realloc+aligned h '..xxxx..' '4 of 4 calls failed'
inject 0 'fail:size>=128' h '..x.x...' '2 of 2 calls failed'
inject 0 fail:burst=2+2 mmmm '.xx.' '2 of 4 calls failed'
inject 0 fail:budget=25 mmmm '..xx' '2 of 4 calls failed'
inject 0 fail:budget=25 kkkkmmm '......x' '1 of 7 calls failed'
inject 0 fail:budget=25,op=malloc CCCmmm '.....x' '1 of 3 calls failed'
inject 0 fail:from=1,op=realloc r ffff 'none failed of 0 calls'
inject 0 fail:every=2 r fxfx '2 of 4 calls failed'
# nothing in the start-up of the library, the loader or the C library
inject 0 fail:from=1 '' '' 'none failed of 0 calls'
# by whom it is called
inject 0 fail:from=1,site=named mnmn '.x.x' '2 of 2 calls failed'
inject 0 fail:from=1,site=nmaed mnmn '....' "no call .* was made by a function with the symbol 'nmaed'"
inject 0 fail:from=1,only=libc mdm '.x.' '1 of 1 call failed'
inject 0 fail:from=1,except=libc mdm 'x.x' '2 of 2 calls failed'
inject 0 fail:from=1,only=subject mdm 'x.x' '2 of 2 calls failed'
inject 0 fail:thread=2 mtm '.x.' '1 of 1 call failed'
# the stack of the first
inject 0 fail:nth=2 mn '.x' '#0 named at .*subject.c:[0-9]+'
grep -q '#1 main at .*subject.c' err || fail "no main: $(cat err)"

# ---- children are not hit, and it is said
inject 0 fail:from=1 fmf '.x.' 'it has started 2 processes, which are not hit'
inject 0 fail:from=2,op=malloc ms '..' 'it has started 1 process, which is not hit'
[ "$(cat child)" = ... ] || fail "a child of system() was hit: $(cat child)"
inject 0 fail:from=1 e ... 'become another program, which is not hit'
program='env ./subject' inject 0 fail:from=1000000 mmm ... 'become another program, which is not hit'

# ---- a seeded fault hits the same calls, at the same stacks
for run in 1 2; do
    $heaptrial inject --fault fail:p=0.05,seed=7 -- ./subject $(printf 'mnnmm%.0s' 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16) >seeded.$run 2>&1 </dev/null
done
same seeded.1 seeded.2 'two runs of one seed'
grep -q x seeded.1 || fail 'the seeded fault hits nothing'

# ---- the boundary to the system, in dynamic and static programs
for program in ./subject ./static; do
    [ -x $program ] || continue
    inject 0 os:mmap,nth=2 AAAA '.x..' '1 of 4 calls failed'
    grep -q '#[0-9]* main' err || fail "$program: no main in the stack of os: $(cat err)"
    inject 0 os:mmap+brk+mprotect+madvise '' '' 'none failed of 0 calls'
    inject 0 os:mmap AfA 'x.x' '2 of 2 calls failed'
    inject 0 os:mmap,nth=1 e ... 'become another program, which is not hit'
    inject 0 os:thread t T '1 of 1 call failed'
    inject 0 os:mmap+brk MMM xxx
done
unset program

# ---- the marker, by a signal to heaptrial
mkfifo fifo
for plan in fail:after=steady os:mmap,after=steady; do
    case $plan in fail*) calls=mcm ;; *) calls=AcA ;; esac
    $heaptrial inject --fault $plan --stdin fifo -- ./subject $calls >out 2>err &
    trial=$!
    exec 9>fifo
    while [ ! -e waits ] && kill -0 $trial 2>/dev/null; do sleep 0.05; done # it has come to its read
    kill -USR1 $trial
    sleep 0.5
    rm -f waits
    echo >&9
    exec 9>&-
    wait $trial
    grep -q '^\.$' out && grep -q '^x$' out || fail "$plan: $(cat out err)"
done

# ---- limits
inject 0 limit:as=64m g x
inject 0 limit:as=1g g ''
$heaptrial inject --fault limit:cgroup=32m -- ./subject g >out 2>err </dev/null
case $? in
3) grep -q 'the kernel has killed 1 of its processes for want of memory' err && grep -q SIGKILL err || fail "cgroup: $(cat err)" ;;
1) grep -q 'no cgroup' err || fail "cgroup: $(cat err)"; echo "$(cat err)" ;;
*) fail "cgroup: $(cat err)" ;;
esac
own=$(awk -F: '$2 == "memory" { print $3 }' /proc/self/cgroup)
ls -d /sys/fs/cgroup/memory"$own"/heaptrial-* >/dev/null 2>&1 && fail "a cgroup is left: $(ls -d /sys/fs/cgroup/memory"$own"/heaptrial-*)"

# ---- streams, folder, time
echo hello >input
options='--stdin input' inject 0 fail:nth=100 cc he
mkdir folder
printf x >folder/there
options='--workdir folder' program='cat' inject 0 fail:nth=10000 there x
options='--timeout 0.3' inject 3 fail:nth=1 l '' 'no end after 0.3 s'
options='--timeout 0.3' inject 3 os:mmap l '' 'no end after 0.3 s'
inject 3 fail:nth=1 a '' 'ended by SIGABRT'
none_left "$tmp"/

# ---- Ctrl-C: nothing is left behind
for plan in fail:nth=1000 os:mmap,nth=1000 limit:cgroup=64m; do
    HT_MARK=$tmp $heaptrial inject --fault $plan -- ./subject l >out 2>err </dev/null &
    trial=$!
    sleep 0.4
    kill -TERM $trial
    wait $trial
    got=$?
    grep -q 'no cgroup' err && continue
    [ $got = 1 ] && grep -q 'stopped by' err || fail "$plan: SIGTERM: exit $got: $(cat err)"
done
none_left "HT_MARK=$tmp"
ls -d /sys/fs/cgroup/memory"$own"/heaptrial-* >/dev/null 2>&1 && fail 'a cgroup is left after SIGTERM'

# ---- what can't be
expect 2 "$heaptrial inject --fault fail:nth=1" 'name the program'
expect 2 "$heaptrial inject -- true" 'say what fails'
expect 2 "$heaptrial inject --fault fail:nht=1 -- true" "character 6: fail has no key 'nht'"
expect 2 "$heaptrial inject --fault os:mmapp -- true" "character 4"
expect 2 "$heaptrial inject --fault limit:as=64q -- true" "character 10"
expect 2 "$heaptrial inject --fault cycle -- true" 'is for cells; a program takes fail, os or limit'
expect 2 "$heaptrial inject --fault fail:nth=1 -- no-such-program" "there is no program 'no-such-program' in PATH"
expect 2 "$heaptrial inject --fault fail:nth=1 -- ./no-such-program" 'No such file'
expect 2 "$heaptrial inject --fault fail:nth=1 -- ./folder" 'no program'
expect 2 "$heaptrial inject --fault fail:nth=1 -- ./input" 'no program'
expect 2 "$heaptrial inject --fault os:mmap,nth=1 --stdin no-such -- true" 'no-such: No such file'
expect 2 "$heaptrial inject --fault fail:nth=1 --workdir no-such -- true" 'no-such: No such file'
expect 2 "$heaptrial inject --fault fail:nth=1 --timeout soon -- true" 'takes seconds'
[ ! -x static ] || expect 2 "$heaptrial inject --fault fail:nth=1 -- ./static" 'is static: no library.*os: and limit: faults reach it'
printf '#!/bin/sh\nexec true\n' >script && chmod +x script
expect 0 "$heaptrial inject --fault fail:nth=100000 -- ./script 2>&1"
if [ "$(id -u)" = 0 ] && command -v setpriv >/dev/null; then
    nobody='setpriv --reuid=65534 --regid=65534 --clear-groups'
    chmod 755 "$tmp" && cp subject setuid && chown 1 setuid && chmod 4755 setuid
    # The tree may lie where only root can read.
    if $nobody test -x "$heaptrial" 2>/dev/null; then
        expect 2 "$nobody $heaptrial inject --fault fail:nth=1 -- $tmp/setuid m" 'gets rights when it starts'
        expect 2 "$nobody $heaptrial inject --fault os:mmap,nth=1 -- $tmp/setuid m" 'gets rights when it starts'
        expect 1 "$nobody $heaptrial inject --fault limit:cgroup=64m -- $tmp/subject m" 'no cgroup'
    fi
    expect 2 "$heaptrial inject --fault fail:nth=1 -- ./setuid m" 'gets rights when it starts'
fi

# Where seccomp is forbidden, as in some containers, or ptrace.
cat >forbid.c <<'EOF'
#include <seccomp.h>
#include <stdlib.h>
#include <unistd.h>

int main(int argc, char **argv)
{
    scmp_filter_ctx ctx = seccomp_init(SCMP_ACT_ALLOW);
    if (argc < 4 || seccomp_rule_add(ctx, SCMP_ACT_ERRNO(atoi(argv[2])), seccomp_syscall_resolve_name(argv[1]), 0) ||
        seccomp_load(ctx))
        return 9;
    execvp(argv[3], argv + 3);
    return 9;
}
EOF
gcc forbid.c -o forbid -lseccomp || fail 'no forbid'
expect 1 "./forbid seccomp 1 $heaptrial inject --fault os:mmap,nth=1 -- ./subject m" 'seccomp.*is not to be had here: no permission'
expect 1 "./forbid seccomp 38 $heaptrial inject --fault os:mmap,nth=1 -- ./subject m" 'seccomp.*this kernel, or the container'
expect 1 "./forbid ptrace 1 $heaptrial inject --fault os:mmap,nth=1 -- ./subject m" 'skipped: without ptrace'
expect 1 "./forbid mkdir 13 $heaptrial inject --fault limit:cgroup=64m -- ./subject m" 'no cgroup'
expect 0 "./forbid seccomp 1 $heaptrial inject --fault fail:nth=1 -- ./subject m 2>&1"

# ---- of other plans gdb would see nothing
for fresh in '' --fresh; do
    expect 2 "$heaptrial inject --gdb $fresh --fault os:mmap -- ./subject m" 'gdb is for fail: plans; an os: plan traces the program itself'
    expect 2 "$heaptrial inject --gdb $fresh --fault limit:as=64m -- ./subject m" 'gdb is for fail: plans; under a limit'
done

# ---- gdb stops where a call fails, and is not hit itself
if command -v gdb >/dev/null; then
    printf 'bt 4\nkill\nquit\n' | $heaptrial inject --gdb --fault fail:nth=2 -- ./subject mnm >out 2>&1
    grep -q 'heaptrial_fault ()' out && grep -q 'named (' out || fail "gdb: $(cat out)"
fi
