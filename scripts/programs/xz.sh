#!/bin/sh
# xz: compresses text: few and large objects, zeroed.
set -eu

prepare() {
    need xz xz-utils
    words 130000 4 | tr '\n' ' ' >"$dir/input"
}

command_line() {
    echo "xz -6 -T1 -c $dir/input"
}

. "$(dirname -- "$0")/common"
