#!/bin/sh
# The timeline is a trace as the format says, its processes, threads and units are those of the rows; and what checks it
# can say no.
. tests/cli/lib.sh
command -v python3 >/dev/null || skip 'no python3'
check="python3 $PWD/tests/trace_schema.py"
cd "$tmp"
$heaptrial run -a marksweep,generational,incremental,manual -w churn:old=500:batch=500:rounds=20,lru:entries=500 -p pauses \
    --window 2 --rounds 1 -q -o one >out || fail "one mutator: exit $?"
$check one/plots/gc-timeline.json >got || fail 'the timeline of one mutator'
# The longest event of a cell, in ns, is the row's; with one mutator there is one thread.
columns one/rows.csv strategy workload outcome pauses pause_max_ns | awk -F '\t' '$3 == "ok" && $4 > 0 { print $1 ": " $2, $4, $5 }' |
    sort >expected
awk -F '\t' '$2 == "mutator 0" { split($1, w, " "); print w[1], w[2], $3, $4 }' got | sort >seen
[ -s expected ] || fail 'no row has pauses'
same expected seen 'events of one mutator and its rows'

$heaptrial run -a marksweep -w churn:old=500:batch=500:rounds=20 --threads 2 -p pauses --window 2 --rounds 1 -q -o two >out ||
    fail "two mutators: exit $?"
$check two/plots/gc-timeline.json >got || fail 'the timeline of two mutators'
[ "$(cut -f 2 got)" = 'mutator 0,mutator 1' ] || fail "threads: $(cat got)"

# refused SCRIPT REGEX: the trace with this edit is refused.
refused() {
    sed "$1" two/plots/gc-timeline.json >bad.json
    cmp -s bad.json two/plots/gc-timeline.json && fail "$1 changes nothing"
    expect 1 "$check bad.json" "$2"
}
refused 's/"ph":"X"/"ph":"Y"/' 'a phase'
refused 's/"ts":[0-9.]*/"ts":"1"/' 'bad value'
refused 's/"dur":[0-9.]*/"dur":-1/' 'bad value'
refused 's/"dur":[0-9.]*/"dur":NaN/' 'not JSON'
refused 's/"thread_name"/"threadname"/' 'metadata that is none'
refused 's/"name":"process_name","pid":1/"name":"process_name","pid":9/' 'has no name'
refused 's/"displayTimeUnit":"ns"/"displayTimeUnit":"us"/' 'displayTimeUnit'
exit 0
