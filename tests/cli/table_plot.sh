#!/bin/sh
# heaptrial table and heaptrial plot on a made-up run, and on what is no run.
set -u
B=${HT_BUILD:-build}
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
fail() { echo "$0: $*" >&2; exit 1; }

# STATUS WORDS COMMAND...: the command ends with the status, and stderr holds the words.
expect() {
    status=$1 words=$2
    shift 2
    "$@" >"$dir/out" 2>"$dir/err"
    got=$?
    [ $got = "$status" ] || fail "'$*' ended with $got, not $status: $(cat "$dir/err")"
    [ -z "$words" ] || grep -qF -- "$words" "$dir/err" || fail "'$*' did not say '$words': $(cat "$dir/err")"
}

"$B/tests/make_rows" "$dir" 3 >/dev/null || fail "no rows"
expect 0 "" "$B/heaptrial" table "$dir"
grep -q '^mimalloc .*90/90$' "$dir/out" || fail "no line of mimalloc"
grep -qF "[low, high] is the range over 3 rounds" "$dir/out" || fail "the interval is not explained"
expect 0 "" "$B/heaptrial" table --baseline mimalloc --csv "$dir"
grep -q '^system,mimalloc,time,larson,,1,' "$dir/out" || fail "no such cell in the CSV"

expect 2 "did you mean mimalloc?" "$B/heaptrial" table "$dir" --baseline mimaloc
expect 2 "is no folder of a run" "$B/heaptrial" table "$dir/series"
expect 2 "name the folder of a run" "$B/heaptrial" plot
expect 2 "one run at a time" "$B/heaptrial" table "$dir" "$dir"

printf 'synthetic,4,1,' >>"$dir/rows.csv"
expect 0 "the last line was cut short" "$B/heaptrial" table "$dir"
echo 'a,b,c' >"$dir/series/rows.csv"
expect 1 "not a file of rows" "$B/heaptrial" table "$dir/series"

command -v gnuplot >/dev/null || { echo "gnuplot is not installed"; exit 77; }
expect 0 "" "$B/heaptrial" plot "$dir"
for figure in heat-time heat-memory latency memory pareto threads; do
    [ -s "$dir/plots/$figure.svg" ] && [ -s "$dir/plots/$figure.png" ] || fail "no $figure"
done
[ -s "$dir/gbench.json" ] || fail "no gbench.json"
mv "$dir/plots/pareto.svg" "$dir/pareto.svg"
(cd "$dir/plots" && gnuplot plots.gp) || fail "plots.gp does not draw again"
cmp "$dir/plots/pareto.svg" "$dir/pareto.svg" || fail "pareto.svg is not what it was"
