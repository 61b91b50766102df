#!/bin/sh
# Collectors as plug-ins: the skeleton works; each broken one is a row with its outcome; what can not be
# loaded, and an option that a collector does not have, is refused before the run.
. tests/cli/lib.sh
plugins=plugin:$build/plugins/skeleton_collector.so
for name in oom crash early leak badverify; do
    plugins=$plugins,plugin:$build/plugins/collector_$name.so
done
expect 0 "$heaptrial run -a $plugins -w lru:entries=50k --heap 3x -p throughput $tiny -o $tmp/run"
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
row collector_early '(corrupt|crash)' '(SIGSEGV)?' ''

refused() { # WORDS REGEX
    expect 2 "$heaptrial run -a $1 -w lru $tiny -o $tmp/none" "$2"
    [ ! -e "$tmp/none" ] || fail "a refused $1 left a folder"
}
refused "plugin:$build/plugins/collector_missing_store.so" '/collector_missing_store.so has no store function, which is required$'
refused "plugin:$build/plugins/collector_missing_step.so" 'has no step function, which is required with HT_COLLECTOR_STEP$'
refused "plugin:$build/plugins/collector_new_version.so" 'is built for plug-in interface 2, this is 1: it needs'
refused semispace,marksweep:nonsense "marksweep has no option 'nonsense'; it has mark-stack, reversal, eager$"
refused rc:defered "rc has no option 'defered': did you mean deferred\?"
refused marksweep:eager+mark-stack=64+reversl "no option 'reversl': did you mean reversal\?"
refused semispace:eager "semispace has no option 'eager'; it has none$"
refused marksweep:mark-stack=many "mark-stack of marksweep is a whole number, not 'many'$"
refused marksweep:mark-stack= "mark-stack of marksweep is a whole number, not ''$"
refused incremental:start=100 'options of incremental'
