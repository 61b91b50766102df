#!/bin/sh
# Each program's script keeps to scripts/programs/common: the same input each time, a command on one line, exit
# 77 where the program is not installed; and a redis-server does not outlive what started it.
set -eu
scripts=$(pwd)/scripts/programs
witness=$(cd "${HT_BUILD:-build}" && pwd)/witness.so
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/bin"
for tool in sh dirname mkdir awk cat sed tr rm; do
    ln -s "$(command -v $tool)" "$work/bin/$tool"
done

fail() {
    echo "$*" >&2
    exit 1
}

for script in "$scripts"/*.sh; do
    name=$(basename "$script" .sh)
    status=0
    said=$(PATH=$work/bin "$script" prepare "$work/absent" 2>&1) || status=$?
    [ "$status" = 77 ] || fail "$name: exit $status, not 77, where it is not installed: $said"
    case $said in
    *"is not installed"*) ;;
    *) fail "$name: does not say what is missing: $said" ;;
    esac
    "$script" prepare "$work/$name" 2>/dev/null || continue
    "$script" prepare "$work/again"
    [ "$name" = git ] || diff -r "$work/$name" "$work/again" >/dev/null || {
        # A script may name its own folder.
        find "$work/again" -type f -exec sed -i "s|$work/again|$work/$name|g" {} +
        diff -r "$work/$name" "$work/again" || fail "$name: not the same input twice"
    }
    rm -rf "$work/again"
    [ "$("$script" command "$work/$name" | wc -l)" = 1 ] || fail "$name: not one line"
done
! "$scripts/jq.sh" prepare "$work/with blank" 2>/dev/null || fail "a folder with a blank was taken"

HT_WITNESS=$work/seen LD_PRELOAD=$witness cat /dev/null
awk -F '\t' 'NF != 4 || $2 != "cat" || $3 !~ /libc\.so/ || $4 < 100 { wrong = 1 } END { exit wrong || NR != 1 }' \
    "$work/seen" ||
    fail "the witness saw: $(cat "$work/seen")"

[ -f "$work/redis/commands" ] || exit 0
"$scripts/redis-serve" "$work/redis" >/dev/null &
runner=$!
# within SECONDS COMMAND...: tries until it succeeds
within() {
    tries=$(($1 * 50))
    shift
    until "$@"; do
        tries=$((tries - 1))
        [ $tries -gt 0 ] || return 1
        sleep 0.02
    done
}
has_server() {
    for server in $(cat "/proc/$runner/task/$runner/children"); do
        [ "$(cat "/proc/$server/comm" 2>/dev/null)" != redis-server ] || return 0
    done
    return 1
}
is_gone() { ! grep -q '^State:.[^ZX]' "/proc/$server/status" 2>/dev/null; }
within 20 has_server || fail "no redis-server came up"
kill -KILL "$runner"
within 20 is_gone || {
    kill -KILL "$server"
    fail "the redis-server outlives a SIGKILL of what started it"
}
