# What the tests of the command share; each sources it first, in the root of the tree:
#
#     . tests/cli/lib.sh
#
# A test is one subject; it goes on after a check that failed and exits 1 at its end. `$tmp` is a folder of its
# own that is gone afterwards.
set -u
build=$(cd "${HT_BUILD:-build}" && pwd)
heaptrial=$build/heaptrial
# A run that takes as little time as one can.
tiny='--window 0.5 --rounds 2 --repetitions 1 -q'
tmp=$(mktemp -d /tmp/heaptrial-cli-XXXXXX)
failures=0

finish() {
    status=$?
    cd /
    rm -rf "$tmp"
    [ "$status" = 0 ] && [ "$failures" != 0 ] && status=1
    exit "$status"
}
trap finish EXIT
trap 'exit 1' HUP INT TERM

skip() {
    echo "$*"
    exit 77
}

# Notes a failure, and what was seen.
fail() {
    echo "failed: $*" >&2
    failures=$((failures + 1))
}

# expect STATUS COMMAND [REGEX]: the exit status, and what stderr must match. A message of ours is one line: no
# line may stand beside it but argp's "Try ... --help".
expect() {
    sh -c "$2" >"$tmp/out" 2>"$tmp/err" </dev/null
    got=$?
    [ "$got" = "$1" ] || fail "$2: exit $got, not $1: $(cat "$tmp/err")"
    if [ $# -gt 2 ]; then
        grep -qE -- "$3" "$tmp/err" || fail "$2: stderr does not match '$3': $(cat "$tmp/err")"
        lines=$(sed '/^Try /,$d' "$tmp/err" | wc -l)
        [ "$lines" = 1 ] || fail "$2: $lines lines on stderr: $(cat "$tmp/err")"
    fi
}

# same A B WHAT: two files are equal.
same() {
    cmp -s "$1" "$2" || fail "$3: $(diff "$1" "$2" | head -n 5)"
}

# columns FILE.csv NAME...: the columns of these names, without the header, a tab between them.
columns() {
    file=$1
    shift
    awk -v names="$*" '
        # Splits a line of CSV into field[1..]; a quoted field may hold commas and two quotes for one.
        function split_csv(line, i, c, quoted, n) {
            n = 1; field[1] = ""; quoted = 0
            for (i = 1; i <= length(line); i++) {
                c = substr(line, i, 1)
                if (c == "\"") {
                    if (quoted && substr(line, i + 1, 1) == "\"") { field[n] = field[n] c; i++ }
                    else quoted = !quoted
                } else if (c == "," && !quoted) field[++n] = ""
                else field[n] = field[n] c
            }
            return n
        }
        NR == 1 { for (i = split_csv($0); i > 0; i--) at[field[i]] = i; wanted = split(names, name, " "); next }
        {
            split_csv($0)
            for (i = 1; i <= wanted; i++) printf "%s%s", field[at[name[i]]], i < wanted ? "\t" : "\n"
        }' "$file"
}

# cells DIR: what identifies each row of a run, sorted.
cells() {
    columns "$1/rows.csv" round order cell strategy workload params threads pass seed | LC_ALL=C sort
}

# marked MARK: the processes that have it in their environment. Cells get it with --env.
marked() {
    grep -slF "$1" /proc/[0-9]*/environ
}

# none_left MARK: none of them lives on.
none_left() {
    for i in 1 2 3 4 5 6 7 8 9 10; do
        [ -z "$(marked "$1")" ] && return
        sleep 0.2
    done
    fail "still running: $(for p in $(marked "$1"); do tr '\0' ' ' <"${p%environ}cmdline"; done)"
}
