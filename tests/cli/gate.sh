#!/bin/sh
# heaptrial gate: two sides that are the same, planted changes, two commits of a repository that are built, what is
# refused, and a gate that is stopped and goes on. How often it is wrong: heaptrial gate-selftest.
. tests/cli/lib.sh
command -v valgrind >/dev/null || skip 'valgrind is not installed'
cd "$tmp"
# conf NAME TIERS FAULT...: a config of one small cell.
conf() {
    name=$1 tiers=$2
    shift 2
    {
        printf '[cells]\nworkloads = fixed-churn:slots=1k\ntiers = %s\n' "$tiers"
        for plan; do echo "fault = $plan"; done
        printf '[limits]\ninstructions = 0.4\n' # so short a window does not repeat to 0.1 %
        printf '[run]\npairs = 6\nconfirm = 6\nwindow = 2\npoints = 3\nrepetitions = 1\n'
    } >"$name"
}
conf exact.gate exact none
conf memory.gate memory none
conf faults.gate none 'os:mmap,from=*'
conf all.gate 'exact, memory, time' 'fail:nth=*' 'os:mmap,nth=*'
# verdict DIR KEY: of the first line with it.
verdict() {
    columns "$1/gate.csv" key verdict | awk -F'\t' -v key="$2" '$1 == key { print $2; exit }'
}

# ---- two sides that are the same, in all tiers
expect 0 "$heaptrial gate --base tlsf --new tlsf --config exact.gate -o same -q --markdown same.md --junit same.xml"
[ "$(verdict same instructions)" = equivalent ] || fail "the same twice: $(cat same/gate.csv)"
[ -s same.md ] && [ -s same.xml ] || fail 'no Markdown, or no JUnit'
expect 0 "$heaptrial gate --base tlsf --new tlsf --config all.gate -o all -q --all"
for key in instructions memory time; do
    case $(verdict all $key) in equivalent | inconclusive | improved | 'not confirmed') ;; *) fail "$key: $(cat all/gate.csv)" ;; esac
done
[ -d all/first ] && [ -f all/gate.conf ] && [ -f all/gate.json ] || fail "what a gate writes: $(ls all)"

# ---- planted
expect 3 "$heaptrial gate --base planted --new planted:extra=50 --config exact.gate -o extra -q --annotate"
[ "$(verdict extra instructions)" = regressed ] || fail "extra: $(cat extra/gate.csv)"
grep -q '^::error ' out || fail "no ::error line: $(cat out)"
# What a subject says is no command of GitHub's: they are off while the table is printed.
[ "$(grep -c '^::' out)" = 3 ] && sed -n 1p out | grep -q '^::stop-commands::' || fail "the table is not guarded: $(cat out)"
expect 0 "$heaptrial gate --base planted:extra=50 --new planted --config exact.gate -o better -q"
[ "$(verdict better instructions)" = improved ] || fail "better: $(cat better/gate.csv)"
expect 3 "$heaptrial gate --base planted --new planted:leak=10 --config memory.gate -o leak -q"
[ -d leak/second ] || fail 'a leak was not measured again'
expect 3 "$heaptrial gate --base planted --new planted:crash --config faults.gate -o crash -q"
[ "$(columns crash/gate.csv tier fault base_outcome new_outcome)" = 'outcome	os:mmap,from=*	ok	crash' ] ||
    fail "crash: $(cat crash/gate.csv)"
expect 0 "$heaptrial gate --base planted:crash --new planted:crash --config faults.gate -o crash2 -q"

# ---- two builds, and two commits, of a drop-in allocator
if command -v git >/dev/null; then
    mkdir repo && cd repo
    git init -q . && git config user.email t@example.org && git config user.name t
    cat >mine.c <<'C'
#include <stddef.h>
#include <stdint.h>
#include <string.h>
static char memory[1 << 28];
static size_t used;
static volatile unsigned work;
void *malloc(size_t n)
{
    for (unsigned i = 0; i < WORK; i++)
        work++;
    const size_t at = __atomic_fetch_add(&used, ((n + 15) & ~(size_t)15) + 16, __ATOMIC_RELAXED);
    if (at + n + 32 > sizeof memory)
        return NULL;
    memcpy(memory + at, &n, sizeof n);
    return memory + at + 16;
}
void free(void *p) { (void)p; }
void *calloc(size_t n, size_t m) { return malloc(n * m); }
void *realloc(void *p, size_t n)
{
    void *const q = malloc(n);
    size_t old = 0;
    if (p)
        memcpy(&old, (char *)p - 16, sizeof old);
    return q && p ? memcpy(q, p, old < n ? old : n) : q;
}
C
    printf 'lib.so: mine.c\n\tcc -O1 -fno-builtin -shared -fPIC -DWORK=1 -o $@ $<\n' >Makefile
    { printf '[subject]\nbuild = make\nlibrary = lib.so\n'; cat ../exact.gate; } >heaptrial.gate
    git add . && git commit -qm one
    sed -i 's/WORK=1/WORK=4/' Makefile
    git commit -qam two
    expect 3 "$heaptrial gate --base HEAD~1 --new HEAD -o ../commits -q"
    [ "$(verdict ../commits instructions)" = regressed ] || fail "commits: $(cat ../commits/gate.csv ../err)"
    [ -z "$(git worktree list | sed 1d)" ] || fail "a worktree is left: $(git worktree list)"
    expect 2 "$heaptrial gate --resume ../commits -q" 'the build of HEAD~1 .* is gone'
    expect 0 "$heaptrial gate --base HEAD --new . -o ../tree -q"
    expect 3 "$heaptrial gate --base HEAD~1 --new lib.so -o ../file -q"
    echo 'broken' >>mine.c && git commit -qam three
    expect 1 "$heaptrial gate --base HEAD~1 --new HEAD -o ../broken -q" 'the build of HEAD .*failed: .*all of it: .*broken/new.log'
    expect 1 "$heaptrial gate --resume ../broken -q" 'the build of HEAD .*failed'
    [ -z "$(git worktree list | sed 1d)" ] || fail "a build that failed left its worktree: $(git worktree list)"
    mkdir "$(printf 'caf\351')" && cp lib.so caf*/
    expect 1 "$heaptrial gate --base caf*/lib.so --new tlsf -o ../x0 -q" "can't write in .*multibyte"
    expect 2 "$heaptrial gate --base nosuch --new HEAD -o ../x1 -q" "'nosuch' is no file, no folder, no strategy and no commit"
    rm heaptrial.gate
    expect 2 "$heaptrial gate --base HEAD~1 --new HEAD -o ../x2 -q" 'what does a build of HEAD~1 .*make\? Say .library'
    cd ..
fi

# ---- what is refused
expect 2 "$heaptrial gate" 'name the sides'
expect 2 "$heaptrial gate --base tlsf -q" 'name what is to go in: --new'
expect 2 "$heaptrial gate --base tlsff --new tlsf -q" 'tlsff'
expect 2 "$heaptrial gate --base same/first --new tlsf -q" 'is a run; .*heaptrial compare'
expect 2 "$heaptrial gate --base ./none.so --new tlsf -q" 'No such file'
expect 2 "$heaptrial gate --base tlsf --new tlsf -o same -q" 'not empty; .*--resume'
expect 2 "$heaptrial gate --base tlsf --new marksweep --config exact.gate -o kinds -q" 'marksweep is a collector|no workload'
expect 2 "$heaptrial gate --resume exact.gate" 'no gate in'
expect 2 "$heaptrial gate --resume same --base tlsf" 'leave --base'
echo 'pears = 3' >typo.gate
expect 2 "$heaptrial gate --base tlsf --new tlsf --config typo.gate" 'typo.gate:1: '
printf '[cells]\nworkloads = larsonn\n' >typo.gate
expect 2 "$heaptrial gate --base tlsf --new tlsf --config typo.gate -o x3" "larsonn.*did you mean larson"
printf '[cells]\nfault = fail:nht=3\n' >typo.gate
expect 2 "$heaptrial gate --base tlsf --new tlsf --config typo.gate -o x4" 'nht'
expect 1 "$heaptrial gate --base tlsf --new tlsf --config exact.gate -o x5 -q --junit /nosuch/x.xml" "can't write /nosuch/x.xml"
[ -s x5/gate.csv ] || fail 'an output that can not be written lost the others'

# ---- stopped, and gone on with
(exec "$heaptrial" gate --base tlsf --new tlsf --config all.gate -o stopped -q >/dev/null 2>stopped.err) &
gate=$!
for i in $(seq 100); do
    [ -f stopped/first/rows.csv ] && [ "$(wc -l <stopped/first/rows.csv)" -gt 3 ] && break
    sleep 0.1
done
kill -TERM $gate
wait $gate
[ $? = 1 ] && grep -q 'heaptrial gate --resume .*stopped' stopped.err || fail "stopped: $(cat stopped.err)"
before=$(wc -l <stopped/first/rows.csv)
expect 0 "$heaptrial gate --resume stopped -q"
[ "$(wc -l <stopped/first/rows.csv)" -gt "$before" ] && [ -s stopped/gate.csv ] || fail 'it did not go on'

# ---- baselines
{ printf '[subject]\nstrategies = tlsf, pool\n'; cat exact.gate; } >base.gate
expect 2 "$heaptrial baseline accept --config base.gate -o kept -q" 'accept takes --reason'
expect 2 "$heaptrial baseline forget" 'one of accept, list and key'
expect 2 "$heaptrial baseline accept --reason x --config exact.gate -o kept" 'strategies = '
expect 0 "$heaptrial baseline accept --reason 'the first, \"of all\"' --config base.gate -q"
mv results/baseline kept
key=$($heaptrial baseline key)
[ -s "kept/$key/rows.csv" ] || fail "no figures: $(ls kept)"
expect 0 "$heaptrial baseline list -o kept"
grep -q '"the first, ""of all"""' out || fail "the reason: $(cat out)"
expect 0 "$heaptrial gate --base kept -o kept1 -q --all"
[ "$(columns kept1/gate.csv key | grep -c instructions)" = 2 ] || fail "against a baseline: $(cat kept1/gate.csv)"
# The cells of another tree, which a gate that goes on must find again; and a stored run has no twin.
cells=$(dirname "$heaptrial")/cells
mkdir -p "tree/cells" && cp "$cells/tlsf" "$cells/pool" tree/cells/
{ printf '[subject]\ncells = cells\n'; cat exact.gate; echo 'twin = yes'; } >tree.gate
expect 0 "$heaptrial gate --base kept/ --new tree/ --config tree.gate -o kept3 -q"
grep -q 'tree/cells/pool"' kept3/first/manifest.json || fail 'the manifest does not name the cells of the tree'
expect 0 "$heaptrial gate --resume kept3 -q"
echo >>tree/cells/pool
expect 2 "$heaptrial gate --resume kept3 -q" 'tree/cells/pool has changed since this run began'
# A figure that was 1 % less is one that is 1 % more now.
cp -r kept edited
awk -F, -v OFS=, 'NR == 1 { for (i = 1; i <= NF; i++) if ($i == "instructions") at = i } NR > 1 && $at { $at = int($at * 0.99) } { print }' \
    "kept/$key/rows.csv" >"edited/$key/rows.csv"
expect 3 "$heaptrial gate --base edited -o edited1 -q"
mv "kept/$key" "kept/another-cpu_glibc-2_gcc-1_-o2"
expect 5 "$heaptrial gate --base kept -o kept2 -q" 'incomparable: kept has no figures of .*another-cpu_glibc-2_gcc-1_-o2.*accept'
expect 2 "$heaptrial baseline list -o nosuch" 'holds no baselines'
