#!/bin/sh
# What `make install` puts down works from there, without the tree: a run, a plug-in, manual pages, completion; and
# `make uninstall` takes all of it away.
. tests/cli/lib.sh
root=$tmp/root
env -u MAKEFLAGS make -s --no-print-directory B="${HT_BUILD:-build}" DESTDIR="$root" PREFIX=/opt/trial install >"$tmp/out" 2>&1 ||
    fail "make install: $(cat "$tmp/out")"
there=$root/opt/trial
source=$(pwd)
cd "$tmp"
grep -rlF "$root" "$there" && fail 'the folder of the installation stands in a file'

expect 0 "$there/bin/heaptrial run -a null,system,arena -w fixed-churn $tiny -o $tmp/run"
[ "$(columns run/rows.csv strategy outcome | sort -u | tr '\n\t' '; ')" = 'arena unsupported;null ok;system ok;' ] ||
    fail "the run: $(columns run/rows.csv strategy outcome reason | sort -u)"
expect 0 "$there/bin/heaptrial show plugin-allocator"
grep -q "plug-in: *$there/bin/../libexec/heaptrial/plugins/skeleton.so" "$tmp/out" || fail "the plug-in: $(cat "$tmp/out")"
if command -v gnuplot >/dev/null; then
    [ -s run/plots/heat-time.svg ] || fail 'no plot: were the scripts found?'
fi
program=$there/bin/heaptrial
expect 0 "LD_PRELOAD= $program run -a system -w perl --rounds 1 -q -o $tmp/programs"
case $(columns programs/rows.csv outcome reason) in
ok* | *'is not installed'*) ;;
*) fail "a program: $(columns programs/rows.csv outcome reason)" ;;
esac

# A plug-in needs nothing but what pkg-config says.
export PKG_CONFIG_LIBDIR="$there/share/pkgconfig" PKG_CONFIG_SYSROOT_DIR="$root"
[ "$(pkg-config --modversion heaptrial)" = "$($program --version | cut -d' ' -f2)" ] || fail 'heaptrial.pc: version'
cp "$there/share/doc/heaptrial/skeleton.c" mine.c
expect 0 "gcc -std=c11 -Wall -Wextra -Werror -fPIC -shared $(pkg-config --cflags heaptrial) mine.c -o mine.so"
expect 0 "$program run -a plugin:./mine.so -w fixed-churn $tiny -o $tmp/mine"
[ "$(columns mine/rows.csv outcome | sort -u)" = ok ] || fail 'the plug-in that was built outside'

# One manual page a command, without a warning.
if command -v help2man >/dev/null && command -v groff >/dev/null; then
    for command in '' $($program --help | sed -n '/^Examples/q; s/^  \([a-z-]*\)  *.*/-\1/p'); do
        page=$there/share/man/man1/heaptrial$command.1
        [ -s "$page" ] || { fail "no page heaptrial$command(1)"; continue; }
        groff -man -ww -Tutf8 -Kutf8 "$page" >page.txt 2>page.err || fail "heaptrial$command(1) does not render"
        [ -s page.err ] && fail "heaptrial$command(1): $(head -n 3 page.err)"
        grep -q 'heaptrial' page.txt || fail "heaptrial$command(1) is empty"
    done
fi

# complete WORD...: what bash offers in place of the last word.
complete_words() {
    PATH="$there/bin:$PATH" bash -uc '
        . "$1"
        shift
        COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
        _heaptrial heaptrial
        printf "%s\n" "${COMPREPLY[@]}"' bash "$there/share/bash-completion/completions/heaptrial" "$@" | sort | tr '\n' ' '
}
offers() {
    wanted=$1
    shift
    got=$(complete_words "$@")
    [ "$got" = "$wanted" ] || fail "after '$*' bash offers: $got"
}
offers 'run ' heaptrial ru
offers 'table ' heaptrial ta
offers '--rounds ' heaptrial run --roun
offers 'mimalloc ' heaptrial run -a mi
offers 'system,tbbmalloc ' heaptrial run -a system,tb
offers 'jemalloc ' heaptrial run --allocators = je
offers 'larson ' heaptrial run -w lar
offers 'sqlite3 ' heaptrial run -w sq
offers 'latency ' heaptrial run -p throughput -p lat
offers 'bench ' heaptrial run --preset be
offers 'columns ' heaptrial list colu
offers 'larson ' heaptrial show lar
offers 'mine programs root run ' heaptrial table ''
offers ' ' heaptrial run --rounds ''

cd "$source"
env -u MAKEFLAGS make -s --no-print-directory B="${HT_BUILD:-build}" DESTDIR="$root" PREFIX=/opt/trial uninstall >"$tmp/out" 2>&1 || fail 'make uninstall'
[ -z "$(find "$root" ! -type d)" ] || fail "make uninstall left $(find "$root" ! -type d)"
