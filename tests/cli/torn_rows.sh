#!/bin/sh
# A rows.csv that was cut anywhere: the torn line is dropped and said so, its cell runs again, the rest stays.
. tests/cli/lib.sh
cd "$tmp"
plan="-a null,plugin:$build/plugins/badcheck.so -w fixed-churn:slots=10 -p throughput
    --window 0.2 --rounds 3 --repetitions 1 -q"
$heaptrial run $plan -o whole >out || fail "the whole run: exit $?"
cells whole >expected
bytes=$(wc -c <whole/rows.csv)
header=$(head -n 1 whole/rows.csv | wc -c)
third=$(head -n 3 whole/rows.csv | wc -c)

# cut BYTES TORN: what is left of rows.csv, and whether a line of it is torn.
cut() {
    rm -rf run && cp -r whole run
    head -c "$1" whole/rows.csv >run/rows.csv
    if [ "$2" = torn ]; then
        expect 0 "$heaptrial run --resume run -q 2>&1 >out | grep -v '^heaptrial: rows in' >&2" 'the last line of run/rows.csv was cut short and is dropped'
    else
        expect 0 "$heaptrial run --resume run -q"
        grep -q 'cut short' err && fail "cut at $1 is not torn: $(cat err)"
    fi
    cells run >got
    same expected got "cut at $1"
    head -n 1 run/rows.csv >got
    head -n 1 whole/rows.csv | cmp -s - got || fail "cut at $1: the header is gone: $(cat got)"
}
cut 0 whole
cut 1 torn
cut 100 torn
cut $((header - 1)) torn
cut "$header" whole
cut $((header + 1)) torn
cut "$third" whole
cut $((third - 1)) torn
cut $((third + 40)) torn
cut $((bytes - 1)) torn
# Inside a quoted field, which holds a comma.
quote=$(awk '{ at = index($0, "\""); if (at && NR > 1) { print before + at + 20; exit } before += length($0) + 1 }' whole/rows.csv)
[ -z "$quote" ] || cut "$quote" torn

rm -rf run && cp -r whole run && rm run/rows.csv
expect 0 "$heaptrial run --resume run -q"
cells run >got
same expected got 'no rows.csv'
