#!/bin/sh
# docs/plugin.md as a user follows it: the skeletons, copied out of the tree and built with nothing but the
# installed headers, pass the trial that every strategy of their kind passes.
set -eu
build=$(cd "${HT_BUILD:-build}" && pwd)
skeletons=$(pwd)/allocators/plugins
outside=$(mktemp -d)
trap 'rm -rf "$outside"' EXIT
cd "$outside"
try() { # SOURCE SYMBOL TRIAL
    cp "$skeletons/$1" my.c
    for compiler in gcc clang; do
        command -v $compiler >/dev/null || continue
        $compiler -std=c11 -O2 -Wall -Wextra -pedantic -Werror -fPIC -shared -I "$build/include" my.c -o my.so
        HT_TEST_PLUGIN=./my.so "$build/tests/$3"
        exported=$(nm -D --defined-only my.so | awk '$2 != "w" { printf "%s ", $3 }')
        case " $exported" in
        *" $2 "*) ;;
        *) echo "$compiler: my.so exports: $exported" >&2; exit 1 ;;
        esac
    done
}
try skeleton.c heaptrial_allocator heap-plugin-allocator
try skeleton_collector.c heaptrial_collector gc-plugin-collector
