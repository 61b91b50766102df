#!/bin/sh
# docs/plugin.md as a user follows it: the skeleton, copied out of the tree and built with nothing but the
# installed header, passes the trial that every strategy passes.
set -eu
build=$(cd "${HT_BUILD:-build}" && pwd)
skeleton=$(pwd)/allocators/plugins/skeleton.c
outside=$(mktemp -d)
trap 'rm -rf "$outside"' EXIT
cp "$skeleton" "$outside/my.c"
cd "$outside"
for compiler in gcc clang; do
    command -v $compiler >/dev/null || continue
    $compiler -std=c11 -O2 -Wall -Wextra -pedantic -Werror -fPIC -shared -I "$build/include" my.c -o my.so
    HT_TEST_PLUGIN=./my.so "$build/tests/heap-plugin-allocator"
    exported=$(nm -D --defined-only my.so | awk '$2 != "w" { printf "%s ", $3 }')
    case " $exported" in
    *" heaptrial_allocator "*) ;;
    *) echo "$compiler: my.so exports: $exported" >&2; exit 1 ;;
    esac
done
