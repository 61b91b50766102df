#!/bin/sh
# The tester of misuse is tested: what does nothing is missed by all, correct programs are never blamed, and what is known
# of the C library, AddressSanitizer and valgrind comes out.
. tests/cli/lib.sh
run="$heaptrial misuse -q --repeat 1"

# verdict STRATEGY CASE [SIZE]: its row.
row() {
    awk -F, -v s="$1" -v c="$2" -v z="${3:-24}" '$1 == s && $2 == c && ($3 == z || $3 == "")' "$tmp/run/misuse.csv"
}
# is STRATEGY CASE VERDICT [MESSAGE-REGEX]
is() {
    got=$(row "$1" "$2")
    case $got in
    *,unsupported,*'is not installed'* | *,unsupported,*'not there when'*) return ;;
    "$1,$2,"*",$3,"*) ;;
    *) fail "$1 $2 is no $3: $got" ;;
    esac
    [ $# -lt 4 ] || echo "$got" | grep -qE -- "$4" || fail "$1 $2: no '$4' in: $got"
}

# Nobody sees what is not there, and no correct program is blamed.
expect 0 "$run -a all -c nothing,control-* --size 24 -o $tmp/run --timeout 30"
rows=$(columns "$tmp/run/misuse.csv" strategy | sort -u | wc -l)
[ "$rows" -ge 25 ] || fail "only $rows strategies"
wrong=$(awk -F, 'NR > 1 && $4 != "missed" && $4 != "unsupported"' "$tmp/run/misuse.csv")
[ -z "$wrong" ] || fail "blamed without reason: $wrong"
[ -z "$(grep ',nothing,.*,unsupported,' "$tmp/run/misuse.csv" | grep -v 'not installed\|not there')" ] ||
    fail "nothing is unsupported: $(grep ',nothing,.*,unsupported,' "$tmp/run/misuse.csv")"
[ -z "$(columns "$tmp/run/misuse.csv" ops_to_detection | tr -d '\n')" ] || fail 'what is missed has operations to detection'
rm -rf "$tmp/run"

# Known answers.
expect 0 "$run -a system,pool,slab,asan,glibc-check --size 24 -o $tmp/run -c \
    double-free,double-free-interleaved,poison-mangled,free-unaligned,overflow-usable-16,overflow-asked-1,stale-read,leak-block,new-free,heap-code,calloc-overflow,huge-malloc,reused-read"
is system double-free diagnosed 'free\(\): double free detected in tcache 2'
is system double-free-interleaved exploited 'two live objects overlap'
is system poison-mangled exploited 'returned memory that it was pointed at'
is system free-unaligned diagnosed 'free\(\): invalid pointer'
is system stale-read exploited 'could be read after free'
is system reused-read exploited 'owner before'
is system leak-block missed
is system new-free missed
is system heap-code crashed SIGSEGV
is system calloc-overflow diagnosed 'calloc returned NULL'
is system huge-malloc diagnosed 'returned NULL'
is pool double-free exploited 'two live objects overlap'
is pool calloc-overflow unsupported "does not take what C's malloc takes"
is pool overflow-usable-16 exploited 'another live object has changed'
is glibc-check overflow-asked-1 diagnosed 'free\(\): invalid pointer'
is asan overflow-asked-1 diagnosed 'heap-buffer-overflow'
is asan stale-read diagnosed 'heap-use-after-free'
is asan double-free diagnosed 'attempting double-free'
is asan new-free diagnosed 'alloc-dealloc-mismatch'
is asan leak-block diagnosed 'LeakSanitizer: detected memory leaks'
[ "$(row asan stale-read | cut -d, -f6)" = 0 ] || fail "asan saw it at $(row asan stale-read)"
[ "$(row asan leak-block | cut -d, -f6)" -ge 1000 ] || fail "asan saw the leak before the end: $(row asan leak-block)"
rm -rf "$tmp/run"
expect 0 "$run -a valgrind --size 24 -o $tmp/run -c fresh-read,double-free,leak-cycle --timeout 30"
is valgrind fresh-read diagnosed 'Conditional jump or move depends on uninitialised'
is valgrind double-free diagnosed 'Invalid free'
is valgrind leak-cycle diagnosed 'lost in loss record'
rm -rf "$tmp/run"

# Drop-ins, debug allocators and plug-ins: another library's own words.
expect 0 "$run -a tcmalloc-debug,efence,duma,dmalloc,scudo --size 24 -o $tmp/run -c overflow-asked-1,double-free"
is tcmalloc-debug overflow-asked-1 diagnosed 'has been corrupted'
is efence overflow-asked-1 crashed SIGSEGV
is efence double-free diagnosed 'ElectricFence Aborting: free'
is duma double-free diagnosed 'memory already freed'
is dmalloc double-free diagnosed 'previously freed'
is scudo double-free diagnosed 'invalid chunk state'
rm -rf "$tmp/run"
expect 0 "$run -a plugin:$build/plugins/skeleton.so --preload mine=/lib/x86_64-linux-gnu/libjemalloc.so.2 --size 24 -o $tmp/run -c nothing,leak-block"
is plugin:skeleton nothing missed
[ ! -e /lib/x86_64-linux-gnu/libjemalloc.so.2 ] || is mine leak-block missed
rm -rf "$tmp/run"

# An allocator that blames a correct program: unexpected.
cat >"$tmp/dream.c" <<'END'
#include <stddef.h>
#include <unistd.h>
void *__libc_malloc(size_t bytes);
void __libc_free(void *p);
void *malloc(size_t bytes) { return __libc_malloc(bytes); }
void free(void *p)
{
    static int calls;
    if (++calls == 100 && write(2, "free(): bad dream\n", 18)) {}
    __libc_free(p);
}
END
gcc -O1 -fno-builtin -fPIC -shared "$tmp/dream.c" -o "$tmp/dream.so" || fail 'dream.so'
expect 3 "$run -a system --preload dream=$tmp/dream.so --size 24 -o $tmp/run -c nothing" '1 rows of correct programs were not left alone'
is dream nothing diagnosed 'free\(\): bad dream'
is system nothing missed
rm -rf "$tmp/run"

# A drawn verdict has a rate, the table a letter for each, and --csv the rows.
expect 0 "$heaptrial misuse -q -a scudo,system --size 24,4096 --repeat 4 -c stale-write,double-free --csv $tmp/copy.csv -o $tmp/rates"
same "$tmp/copy.csv" "$tmp/rates/misuse.csv" '--csv'
[ "$(wc -l <"$tmp/copy.csv")" = 9 ] || fail "rows: $(cat "$tmp/copy.csv")"
grep -q '^double-free  *D *$\|^double-free .*D' "$tmp/out" || fail "the matrix: $(cat "$tmp/out")"
grep -q '^system  *4  *' "$tmp/out" || fail "the scores: $(cat "$tmp/out")"
awk 'length > 100' "$tmp/out" | grep . && fail 'lines of more than 100 columns'
if command -v gnuplot >/dev/null; then
    [ -s "$tmp/rates/plots/misuse.svg" ] && [ -s "$tmp/rates/plots/misuse.png" ] || fail "plots: $(ls "$tmp/rates/plots")"
fi
grep -q '"version": "glibc' "$tmp/rates/manifest.json" || fail 'the manifest has no version'
