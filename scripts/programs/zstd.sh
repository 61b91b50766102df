#!/bin/sh
# zstd: compresses text on two threads of its own: large objects, made and freed by different threads.
set -eu

prepare() {
    need zstd zstd
    words 800000 5 | tr '\n' ' ' >"$dir/input"
}

command_line() {
    echo "zstd -12 -T2 -q -c $dir/input"
}

. "$(dirname -- "$0")/common"
