#!/bin/sh
# redis: redis-server: keys of all sizes written, overwritten and deleted, then redis-benchmark.
set -eu

prepare() {
    need redis-server redis-server
    need redis-benchmark redis-tools
    words 60000 8 | awk '
        BEGIN { x = 9; while (length(filler) < 500) filler = filler "0123456789abcdef" }
        {
            x = x * 16807 % 2147483647
            key = x % 12007
            if (NR % 5 == 0) printf "DEL key:%d\r\n", key
            else if (NR % 5 == 1) printf "HSET hash:%d %s %d\r\n", key % 500, $0, x
            else if (NR % 5 == 2) printf "APPEND key:%d %s\r\n", key, $0
            else printf "SET key:%d %s%s\r\n", key, $0, substr(filler, 1, x % 491)
        }' >"$dir/commands"
}

command_line() {
    echo "$(cd -- "$(dirname -- "$0")" && pwd)/redis-serve $dir"
}

. "$(dirname -- "$0")/common"
