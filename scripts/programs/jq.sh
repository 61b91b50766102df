#!/bin/sh
# jq: JSON of some MB: parsed, grouped, sorted, written.
set -eu

prepare() {
    need jq jq
    words 30000 3 | awk '
        { printf "%s{\"id\":%d,\"word\":\"%s\",\"size\":%d,\"tags\":[\"%s\",%d,null,%s]}", (NR > 1 ? ",\n" : "["), \
            NR, $0, length($0), substr($0, 1, 3), NR % 17, (NR % 3 ? "true" : "false") }
        END { print "]" }' >"$dir/input.json"
    cat >"$dir/work.jq" <<'JQ'
group_by(.tags[1])
| map({key: (.[0].tags[1] | tostring),
       value: {count: length, letters: (map(.size) | add), words: (map(.word) | unique | length),
               last: (sort_by(.word, .id) | last)}})
| from_entries
JQ
}

command_line() {
    echo "jq -c -f $dir/work.jq $dir/input.json"
}

. "$(dirname -- "$0")/common"
