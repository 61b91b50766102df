#!/bin/sh
# heaptrial compare on made-up rows, on a small real run, and on what can't be compared.
. tests/cli/lib.sh
make_rows=$build/tests/make_rows
cd "$tmp"
# A few strategies and workloads of 12 rounds, and the first 8, and 1, of them.
mkdir all a b eight one
$make_rows all 12 >rows.out || fail 'no rows'
awk -F, 'NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; print > "a/rows.csv"; print > "eight/rows.csv"; print > "one/rows.csv"; next }
    $at["strategy"] ~ /^(null|system|mimalloc|talloc|tlsf|hoard)$/ && $at["workload"] ~ /^(larson|espresso|mleak)$/ {
        print > "a/rows.csv"
        if ($at["round"] <= 8) print > "eight/rows.csv"
        if ($at["round"] == 1) print > "one/rows.csv"
    }' all/rows.csv
header=$(head -n 1 a/rows.csv)

# says REGEX WHAT: it stands in what was printed.
says() {
    grep -qE -- "$1" out || fail "$2: no '$1' in: $(head -n 60 out)"
}
# slower FACTOR FROM TO: a run in which each time and latency is so many times as long.
slower() {
    mkdir -p "$3"
    awk -F, -v OFS=, -v factor="$1" '
        NR == 1 { for (i = 1; i <= NF; i++) if ($i ~ /^(wall_ns|cpu_ns|p[0-9]+_ns)$/) scale[i] = 1; print; next }
        { for (i in scale) if ($i != "") $i *= factor; print }' "$2/rows.csv" >"$3/rows.csv"
}
# machine DIR CPU HOST: a manifest.
machine() {
    printf '{"run": "r", "created": "now", "machine": {"cpu": "%s", "host": "%s", "cores": 2, "kernel": "6.1"}}\n' "$2" "$3" >"$1/manifest.json"
}

# ---- one run
expect 0 "$heaptrial compare a"
says '^Against system\.$' 'one run'
says '^Cells: [0-9]+ regressed, ' 'one run fails no build'
says '^talloc  +time  +\+3[0-9][0-9] % \[.*regressed +9 +12$' 'the mean of talloc'
says 'Noise floor: not measured' 'the floor'
says '^Adjusted for [0-9]+ tests at 5 %, by Benjamini and Hochberg' 'advisory'
says 'and so in 17 more' 'outcomes that differ alike'
expect 0 "$heaptrial compare a/rows.csv --baseline mimalloc --by threads --metrics time --twin mimalloc --gating time"
says '^Against mimalloc' 'the baseline'
says ' t=4 +time ' 'by threads'
expect 0 "$heaptrial compare a --metrics time --csv"
[ "$(columns out kind new workload threads metric | grep -c "^cell	tlsf	larson	1	time$")" = 1 ] || fail 'no cell in the CSV'
[ "$(columns out kind strategy workload threads rounds pairs | grep "^cell	tlsf	larson	2	")" = "cell	tlsf	larson	2	1-12	12" ] ||
    fail "rounds in the CSV: $(columns out kind strategy workload threads rounds pairs | grep larson | head -n 3)"
expect 0 "$heaptrial compare a --metrics time --by workload --json -o a.json"
[ -s out ] && fail "-o prints, too: $(cat out)"
if command -v jq >/dev/null; then
    # The ratio can be made again from the pairs: of all with the same ratio in each round it is that.
    got=$(jq -r '.cells[] | select(.strategy == "tlsf" and .workload == "larson" and .threads == 1)
        | [.pairs[] | .[2] / .[1]] as $r | [($r | min) <= .ratio, .ratio <= ($r | max), .low <= .ratio, (.pairs | length)] | @tsv' a.json)
    [ "$got" = "true	true	true	12" ] || fail "JSON: $got"
fi

# ---- width, and no colour but on a terminal
for width in 20 78 100 160; do
    [ $width = 20 ] && least=78 || least=$width
    expect 0 "COLUMNS=$width $heaptrial compare a a --all"
    wide=$(awk -v width="$least" 'length($0) > width' out | head -n 2)
    [ -z "$wide" ] || fail "wider than $least: $wide"
    grep -q "$(printf '\033')" out && fail 'colour in a pipe'
done
if command -v script >/dev/null; then
    script -qec "$heaptrial compare a" terminal </dev/null >out 2>&1
    grep -q "$(printf '\033\\[1;31m')" out || fail 'no colour on a terminal'
    NO_COLOR=1 script -qec "$heaptrial compare a" terminal </dev/null >out 2>&1
    grep -q "$(printf '\033')" out && fail 'colour in spite of NO_COLOR'
fi

# ---- two runs
machine a one h && machine b one h
slower 1 a b
expect 0 "$heaptrial compare a b --exit-code"
says '^b against a\.$' 'two runs'
says '^Can fail a build: 0 regressed, 0 improved, 0 inconclusive, [0-9]+ equivalent; 0 outcomes worse\.$' 'the same'
says '^[0-9]+ equivalent cells' 'what is equivalent is counted'
slower 1.1 a b
expect 3 "$heaptrial compare a b --metrics time,p50 --exit-code"
says '^all cells +time +\+10\.0 % ' 'ten percent'
expect 0 "$heaptrial compare eight b --metrics time --exit-code"
says '8 rounds are too few to call any of them: it takes 1[0-9], or fewer' 'Holm over so many cells'
expect 0 "$heaptrial compare a b --metrics time"
expect 0 "$heaptrial compare b a --metrics time --exit-code"
expect 0 "$heaptrial compare a b --metrics time --margin 20% --exit-code"
says ' [0-9]+ equivalent; 0 outcomes' 'a margin of 20 %'
expect 4 "$heaptrial compare one one --metrics time --exit-code --strict 2>err2"
says '^One round: it can.t be told' 'one round'
expect 0 "$heaptrial compare a b --markdown"
says '^\| all cells \| time \| \+10\.0 % .* \| \*\*regressed\*\* \|' 'Markdown'

# Another seed, other operations.
awk -F, -v OFS=, 'NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i } NR > 1 { $at["seed"] += 1000; $at["iterations"] *= 2 } { print }' a/rows.csv >b/rows.csv
expect 0 "$heaptrial compare a b --metrics time"
tr '\n' ' ' <out >flat && mv flat out
says '[0-9]+ pairs are of other operations' 'another seed'
says '[0-9]+ pairs did not do the same work: each run' 'other work'
says 'all cells +time +-50\.0 % ' 'half the time an iteration'

# A crash is a regression, though the times are the same.
awk -F, -v OFS=, 'NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i }
    NR > 1 && $at["strategy"] == "tlsf" && $at["workload"] == "larson" && $at["round"] == 3 { $at["outcome"] = "crash"; $at["reason"] = "SIGSEGV" }
    { print }' a/rows.csv >b/rows.csv
expect 3 "$heaptrial compare a b --exit-code"
says 'tlsf larson \(.*\): base ok \(12 of 12 rows\), new crash \(1 of 12\): SIGSEGV' 'a crash'
expect 0 "$heaptrial compare a b --csv"
[ "$(columns out kind strategy workload threads metric rounds left_out | grep "^cell	tlsf	larson	1	time")" = \
    "cell	tlsf	larson	1	time	1-2 4-12	new: 1 row was not ok; base: 1 row has no partner" ] ||
    fail "what was left out: $(columns out kind strategy workload threads metric rounds left_out | grep "tlsf	larson	1	time")"

# ---- two machines
slower 1 a b
machine b other h
expect 5 "$heaptrial compare a b" 'incomparable machines: one with 2 cores, and other with 2; run both on one, or say --any-machine'
expect 0 "$heaptrial compare a b --any-machine" 'incomparable machines'
machine b one elsewhere
expect 0 "$heaptrial compare a b" 'differ in more than what they measure: host h, now elsewhere'
rm b/manifest.json
expect 0 "$heaptrial compare a b" 'not known whether one machine made them'
echo '{}' >b/manifest.json
expect 0 "$heaptrial compare a b 2>&1 >out | head -n 1 >&2" 'b/manifest.json is no manifest of heaptrial: no machine'
machine b one h

# ---- bad input
expect 2 "$heaptrial compare" 'name a run, or two'
expect 2 "$heaptrial compare a b one" "one run, or two: 'one' is a third"
expect 2 "$heaptrial compare nowhere" 'is no folder of a run'
expect 2 "$heaptrial compare a nowhere" 'is no folder of a run'
expect 2 "$heaptrial compare a --baseline mimaloc" 'did you mean mimalloc\?'
expect 2 "$heaptrial compare a b --baseline system" 'is of one run'
expect 2 "$heaptrial compare a --twin mimaloc" 'no rows of mimaloc, which is said to be the same'
expect 2 "$heaptrial compare a --metrics tim" "there is no metric 'tim': did you mean time\?"
expect 2 "$heaptrial compare a --by color" "takes strategy, workload or threads, not 'color'"
expect 2 "$heaptrial compare a --margin x" "takes percent from 0 to 1000, not 'x'"
expect 2 "$heaptrial compare a --csv --json" 'one at a time'

echo 'a,b,c' >b/rows.csv
expect 1 "$heaptrial compare a b" 'b/rows.csv: not a file of rows: its first line names no column strategy'
printf '%s\n' "$header" >b/rows.csv
expect 1 "$heaptrial compare a b" 'b: there are no rows'
head -c 20000 a/rows.csv >b/rows.csv
expect 0 "$heaptrial compare a b" 'b/rows.csv: the last line was cut short'
# NaN, infinity and half a line name their place; an empty field is a figure that was not taken.
for value in nan inf -nan 1e999 1,5 x; do
    { head -n 4 a/rows.csv; sed -n 5p a/rows.csv | awk -F, -v OFS=, -v value="$value" -v names="$header" \
        '{ n = split(names, name, ","); for (i = 1; i <= n; i++) if (name[i] == "cpu_ns") $i = value; print }'; } >b/rows.csv
    expect 1 "$heaptrial compare a b" 'b/rows.csv: line 5(, column cpu_ns: expected a number| has [0-9]+ fields, the first line [0-9]+)'
done
awk -F, -v OFS=, 'NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i } NR > 1 && $at["strategy"] == "tlsf" { $at["cpu_ns"] = "" } { print }' a/rows.csv >b/rows.csv
expect 0 "$heaptrial compare a b --metrics time --csv"
[ "$(columns out kind strategy threads | grep -c '^cell	tlsf	1$')" = 0 ] || fail 'an empty field was compared'
# Nothing in common.
sed 's/,allocator,/,allocator,other-/' a/rows.csv >b/rows.csv
expect 5 "$heaptrial compare a b" 'nothing is on both sides in one round'
# Two runs in one file.
{ cat a/rows.csv; tail -n +2 one/rows.csv | sed 's/^synthetic/another/'; } >b/rows.csv
expect 2 "$heaptrial compare a b" 'b holds rows of more than one run \(synthetic and another\)'
# The same rows twice.
{ cat a/rows.csv; tail -n +2 a/rows.csv; } >b/rows.csv
expect 0 "$heaptrial compare b --metrics time"
says ' rows stand there twice .* are left out' 'repeated rows'
tr -d '\n' <out | grep -q 'talloc' || fail 'repeated rows: no table'

expect 1 "$heaptrial compare a --csv -o nowhere/out.csv" "can't write nowhere/out.csv: No such file"
mkdir folder
expect 1 "$heaptrial compare a --csv -o folder" "can't write folder: Is a directory"
mkfifo pipe
cat pipe >through &
expect 0 "$heaptrial compare a --csv -o pipe"
wait
[ -p pipe ] && grep -q '^cell,' through || fail 'a pipe was not written to'
[ -z "$(ls -d ./*.tmp 2>/dev/null)" ] || fail "left behind: $(ls -d ./*.tmp)"
expect 1 "$heaptrial compare a --csv >/dev/full" "can't write to stdout"

# ---- a real run: the same library twice, and the floor of the harness
ld=$(ldd "$heaptrial" | sed -n 's/.*=> \(.*libc\.so[^ ]*\) .*/\1/p')
expect 0 "$heaptrial run -a system,null --preload again=$ld -w fixed-churn:slots=100 -p throughput $tiny --rounds 6 -o real"
expect 0 "$heaptrial compare real --twin again"
says '^null +time +.* +1 +6$' 'null'
says 'Noise floor, measured on again, ' 'A against A'
expect 0 "$heaptrial compare real real --exit-code"
says ' 0 regressed, 0 improved, 0 inconclusive, 3 equivalent' 'a run against itself'
