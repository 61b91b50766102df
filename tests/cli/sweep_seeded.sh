#!/bin/sh
# The tester is tested: programs with a known mistake each (tests/programs), which a sweep must find where it is, and
# right ones, which it must not blame.
. tests/cli/lib.sh
programs=$build/tests/programs
cd "$tmp"
mkdir work
echo 'old contents' >work/data

# sweep NAME OPTION...: the rows go to NAME.csv.
sweep() {
    name=$1
    shift
    "$heaptrial" sweep -q -j 4 --timeout 1.5 --exhaustive --csv "$name.csv" "$@" -- "$programs/$name" \
        >"$name.out" 2>"$name.err"
}

# seeded NAME OUTCOME FUNCTION OPTION...: these findings and no others, and all where this function calls.
seeded() {
    name=$1 outcome=$2 function=$3
    shift 3
    sweep "$name" "$@"
    status=$?
    [ "$status" = 3 ] || fail "$name: exit $status, not 3: $(cat "$name.err")"
    columns "$name.csv" outcome location | grep -E '^(crash|corrupt|hang|data-loss|silent-wrong|leak)' | sort -u >found
    printf '%s\t%s\n' "$outcome" "$function" >wanted
    sed 's/ at .*//; s/ in .*//' found | sort -u >there
    same wanted there "$name: what was found"
    grep -q "at .*tests/programs/$name.c:[0-9]" found || fail "$name: no file and line: $(cat found)"
}

# right NAME: no finding, and nothing unstable.
right() {
    name=$1
    sweep "$@"
    status=$?
    [ "$status" = 0 ] || fail "$name: exit $status, not 0: $(cat "$name.err" "$name.out")"
    columns "$name.csv" outcome | sort -u | grep -vxE 'clean|tolerated|no-message|abort' &&
        fail "$name: a right program is blamed"
    [ "$(wc -l <"$name.csv")" -gt 2 ] || fail "$name: nothing was tested"
}

seeded leak_on_error leak join
seeded swallowed_null crash main
seeded double_free corrupt main
seeded retry_forever hang main
seeded lock_kept hang add
seeded wrong_output silent-wrong main
seeded lost_file data-loss main --workdir work --check 'test -s data'
seeded third_failure crash main
seeded two_threads crash careless
right careful
right exits_at_once
right falls_back
right careful_threads
right quiet_and_abort

# Which failure it takes is told too.
columns third_failure.csv point outcome | grep -q '^nth=1	tolerated' || fail 'third_failure: one failure does harm'
columns retry_forever.csv point outcome | grep -q '^nth=1	tolerated' || fail 'retry_forever: one failure does harm'
columns two_threads.csv thread outcome | grep crash | grep -qv '^3' && fail 'two_threads: the wrong thread'
columns quiet_and_abort.csv outcome | sort -u | tr '\n' ' ' | grep -q 'abort no-message' ||
    fail "quiet_and_abort: $(columns quiet_and_abort.csv outcome | sort -u)"

# The line that it prints replays it.
replay=$(columns swallowed_null.csv outcome replay | sed -n 's/^crash	heaptrial //p' | head -n 1)
eval "'$heaptrial' $replay" >out 2>err
grep -q 'ended by SIGSEGV' err || fail "the replay does not crash: heaptrial $replay: $(cat err)"
cd /
