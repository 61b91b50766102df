#!/bin/sh
# Collectors as plug-ins: the skeleton works; each broken one is a row with its outcome, or with why it was refused.
. tests/cli/lib.sh
plugins=plugin:$build/plugins/skeleton_collector.so
for name in oom crash early leak badverify missing_store missing_step new_version; do
    plugins=$plugins,plugin:$build/plugins/collector_$name.so
done
expect 0 "$heaptrial run -a $plugins -w lru --heap 3x -p throughput $tiny -o $tmp/run"
columns "$tmp/run/rows.csv" strategy outcome signal reason | sort -u >"$tmp/got"
# row STRATEGY OUTCOME SIGNAL REGEX: each row of the strategy is so.
row() {
    grep -q "^plugin:$1	" "$tmp/got" || fail "no row of $1"
    bad=$(grep "^plugin:$1	" "$tmp/got" | grep -vE "^plugin:$1	$2	$3	$4")
    [ -z "$bad" ] || fail "$1 is not $2 $3 '$4': $bad"
}
row skeleton_collector ok '' '$'
row collector_oom oom '' 'the strategy returned NULL'
row collector_crash crash SIGSEGV 'Segmentation fault'
row collector_leak leak '' 'with all roots cleared [0-9]+ objects'
row collector_badverify corrupt '' 'heap walk: collector_badverify: two objects overlap$'
row collector_missing_store error '' '[^ ]*/collector_missing_store.so has no store function, which is required$'
row collector_missing_step error '' '[^ ]*/collector_missing_step.so has no step function, which is required with HT_COLLECTOR_STEP$'
row collector_new_version error '' '[^ ]*/collector_new_version.so is built for plug-in interface 2, this is 1: it needs'
row collector_early '(corrupt|crash)' '(SIGSEGV)?' ''
