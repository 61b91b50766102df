#!/bin/sh
# The command itself under memcheck, from a run to its plots. The cells are not: they are not what is tried here.
. tests/cli/lib.sh
under() {
    valgrind -q --error-exitcode=99 --leak-check=full --errors-for-leak-kinds=definite "$heaptrial" "$@" \
        >"$tmp/out" 2>"$tmp/err" </dev/null
    status=$?
    [ $status = 0 ] && ! grep -q '^==' "$tmp/err" && return
    fail "heaptrial $*: exit $status"
    cat "$tmp/err" >&2
}
under list
under list columns passes presets
under show larson
under run -a null,system,arena -w fixed-churn,larson:slots=100 $tiny -o "$tmp/run"
under table "$tmp/run"
under table "$tmp/run" --csv --baseline null
under plot "$tmp/run"
under compare "$tmp/run"
under compare "$tmp/run" "$tmp/run" --csv --twin null
under compare "$tmp/run" --json --by workload
under compare "$tmp/run" --markdown --all
under history add "$tmp/run" --file "$tmp/history.sqlite" --commit one
under history show --file "$tmp/history.sqlite"
under history show system larson time --file "$tmp/history.sqlite" --baseline null --plot "$tmp/history"
