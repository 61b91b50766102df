#!/bin/sh
# --preload of what can't be preloaded: one line before anything runs. What does not take is a row that says so.
. tests/cli/lib.sh
cd "$tmp"
libc=$(ldd "$heaptrial" | awk '/libc\.so/ { print $3 }')
refused() {
    expect 2 "$heaptrial run -a null -w fixed-churn $tiny -o $tmp/run --preload 'mine=$1'" "$2"
    [ -e "$tmp/run" ] && fail "$1 left a folder"
}
echo 'no library' >text.so
: >empty.so
mkdir folder.so
mkfifo fifo.so
# An ELF header of 64 bytes: class 64, type DYN, and a machine: 183 is aarch64, 62 x86-64.
header() {
    printf '\177ELF\002\001\001\000\000\000\000\000\000\000\000\000\003\000%b\000\001\000\000\000' "\\0$1"
    head -c 40 /dev/zero
}
header 267 >arm.so
header 76 >intel.so
head -c 1000 "$libc" >short.so
printf '\177ELF' >magic.so
cp "$build/cells/null" program.so
refused missing.so 'missing.so can.t be read: No such file'
refused '' "can't be read: No such file"
refused text.so 'text.so is no shared library \(not an ELF file\)'
refused empty.so 'empty.so is no shared library'
refused folder.so "folder.so can't be read: Is a directory"
refused fifo.so "fifo.so (can't be read|is no shared library)"
refused /dev/null '/dev/null is no shared library'
refused magic.so 'its ELF header is cut short'
refused short.so 'short.so is no whole shared library'
case $(uname -m) in
x86_64) refused arm.so 'arm.so is built for aarch64, not for x86-64' ;;
aarch64) refused intel.so 'intel.so is built for x86-64, not for aarch64' ;;
esac
if [ "$(id -u)" != 0 ]; then
    cp "$libc" secret.so
    chmod 0 secret.so
    refused secret.so "secret.so can't be read: Permission denied"
fi

# LD_PRELOAD itself splits at blanks and colons.
mkdir 'a folder'
cp "$libc" 'a folder/x.so'
refused 'a folder/x.so' 'takes no path with blanks or colons'

# A library that has no malloc, and one that needs what is not there.
libm=$(ldd "$heaptrial" | awk '/libm\.so/ { print $3 }')
expect 0 "$heaptrial run -a null -w fixed-churn -p throughput $tiny -o $tmp/run --preload m=$libm"
columns run/rows.csv strategy outcome reason | sort -u >got
grep -qE '^m	error	the preload of libm[^ ]* did not take: malloc comes from .*libc' got || fail "libm: $(cat got)"
grep -q '^null	ok	$' got || fail "null beside libm: $(cat got)"

# One under the name of a strategy of the list stays itself when the run is resumed.
cp "$libm" libjemalloc.so.2
expect 0 "$heaptrial run -a null -w fixed-churn -p throughput $tiny -o $tmp/named --preload jemalloc=libjemalloc.so.2"
head -n 1 named/rows.csv >cut && mv cut named/rows.csv
expect 0 "$heaptrial run --resume $tmp/named -q"
columns named/rows.csv strategy outcome | sort -u | grep -q '^jemalloc	error$' || fail "jemalloc after the resume: $(columns named/rows.csv strategy outcome library)"

# Explicit management by a drop-in allocator, which a resumed run finds again.
expect 2 "$heaptrial run -a manual:malloc=dlmalloc -w churn -o $tmp/other" 'malloc= takes one of jemalloc, mimalloc, .*, not .dlmalloc'
expect 2 "$heaptrial run -a manual:free -w churn -o $tmp/other" "manual has no option 'free'"
[ -e other ] && fail 'a wrong option of manual left a folder'
"$heaptrial" show manual:malloc=mimalloc | grep -q '^here: *yes' || exit 0
expect 0 "$heaptrial run -a manual,manual:malloc=mimalloc -w churn -p throughput $tiny -o $tmp/manual"
head -n 2 manual/rows.csv >cut && mv cut manual/rows.csv
expect 0 "$heaptrial run --resume $tmp/manual -q"
columns manual/rows.csv strategy outcome version | sort -u >got
grep -q '^manual:malloc=mimalloc	ok	mimalloc ' got && grep -q '^manual	ok	glibc ' got || fail "manual: $(cat got)"
