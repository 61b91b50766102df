#!/bin/sh
# stdout is data, stderr is talk; a stdout that can't be written is exit 1; closed streams harm no file.
. tests/cli/lib.sh
cd "$tmp"
plan='-a null -w fixed-churn:slots=10 -p throughput --window 0.2 --rounds 1 --repetitions 1 -q'
if [ -w /dev/full ]; then
    for words in list 'list columns' 'show larson' --help --version 'run --help' 'list --help'; do
        expect 1 "$heaptrial $words >/dev/full" "can't write to stdout"
    done
    $heaptrial run $plan -o full >/dev/full 2>err && fail 'the table of a run into a full disk: exit 0'
    [ "$(cells full | wc -l)" = 1 ] || fail 'the rows are not there'
fi
for words in list 'show larson' --help; do
    expect 1 "$heaptrial $words >&-" "can't write to stdout"
    expect 0 "$heaptrial $words >/dev/null"
    [ -s err ] && fail "$words talks: $(cat err)"
done
# The next file that is opened must not become stdout.
$heaptrial run $plan -o closed <&- >&- 2>&-
[ $? = 1 ] || fail "closed streams: exit $?"
[ "$(cells closed | wc -l)" = 1 ] && [ "$(columns closed/rows.csv outcome)" = ok ] || fail "closed streams: $(cat closed/rows.csv)"
[ "$(wc -l <closed/rows.csv)" = 2 ] || fail "something else is in rows.csv: $(cat closed/rows.csv)"

# A reader that leaves.
$heaptrial list columns | head -n 1 >out
[ -s out ] || fail 'list columns | head'

expect 2 "$heaptrial"
expect 0 "$heaptrial --help"
expect 0 "$heaptrial --version"
grep -qE '^heaptrial [0-9]' out || fail "--version: $(cat out)"
for command in run table plot list show merge doctor; do
    expect 0 "$heaptrial $command --help"
    grep -q "Usage: heaptrial $command" out || fail "$command --help: $(head -n 1 out)"
    grep -q 'Examples*:' out || fail "$command --help has no example"
    expect 2 "$heaptrial $command --no-such-option" "unrecognized option '--no-such-option'"
done
