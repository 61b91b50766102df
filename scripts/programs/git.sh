#!/bin/sh
# git: the log of a repository with every change: objects unpacked, compared and printed.
set -eu

# One commit a step; each rewrites a part of one of 20 files.
history() {
    words 56000 7 | awk '
    function file(f,    i, text) {
        for (i = 0; i < 200; i++)
            text = text line[f, i] "\n"
        return text
    }
    { line[NR % 20, int(NR / 20) % 200] = line[NR % 20, int(NR / 20) % 200] " " $0 }
    NR % 40 == 0 {
        f = int(NR / 40) % 20
        text = file(f)
        printf "commit refs/heads/main\ncommitter A <a@example.org> %d +0000\n", 1000000000 + NR
        printf "data 6\nchange\nM 644 inline file%d\ndata %d\n%s\n", f, length(text), text
    }'
}

prepare() {
    need git git
    rm -rf "$dir/repository"
    git init -q --bare "$dir/repository"
    history | git -C "$dir/repository" fast-import --quiet
}

command_line() {
    echo "env GIT_CONFIG_NOSYSTEM=1 GIT_CONFIG_GLOBAL=/dev/null git --no-pager -C $dir/repository log -p --stat main"
}

. "$(dirname -- "$0")/common"
