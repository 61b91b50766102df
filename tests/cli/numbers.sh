#!/bin/sh
# Numbers out of bounds are refused with the bounds; those at the bounds are not.
. tests/cli/lib.sh
cd "$tmp"
refused() {
    expect 2 "$heaptrial run -a null -w fixed-churn -q -o $tmp/run $1" "$2"
    [ -e "$tmp/run" ] && fail "$1 left a folder"
}
for n in 0 -1 1000000000 1e99 1.5 '' ' ' x 0x10 18446744073709551617; do
    refused "--rounds '$n'" '--rounds takes a whole number from 1 to'
    refused "--repetitions '$n'" '--repetitions takes a whole number from 1 to'
    [ "$n" = '' ] || refused "--threads '$n'" '--threads takes whole numbers from 1 to'
done
for n in 0 -1 1e99 nan inf '' x 5s; do
    refused "--timeout '$n'" '--timeout takes a number from'
    refused "--window '$n'" '--window takes a number from'
done
for n in 0 -1 1e99 18446744073709551616 x; do
    refused "--seed '$n'" '--seed takes a whole number from'
    refused "--memory '$n'" '--memory takes a whole number from'
done
for shard in 0/2 3/2 1/0 a 1 1/ /2 -1/2 1/-2 1/2/3 '1/2 ' 1/99999999999 4294967297/2; do
    refused "--shard '$shard'" "--shard takes I/N with 1 <= I <= N, as 2/4; not '"
done
refused '--threads 1000000000' '--threads takes whole numbers from 1 to 256'
refused '--threads 1,,0' '--threads takes whole numbers'

expect 0 "$heaptrial run -a null -w fixed-churn $tiny --threads 256 -o $tmp/threads"
expect 0 "$heaptrial run -a null -w fixed-churn:slots=10 -p throughput -q --window 0.01 --rounds 1 --repetitions 900 \
    --seed 9223372036854775807 --timeout 1000000 --memory 1073741824 --shard 1/4096 -o $tmp/bounds"
[ "$(columns "$tmp/bounds/rows.csv" outcome repetitions)" = "ok	900" ] ||
    fail "at the bounds: $(columns "$tmp/bounds/rows.csv" outcome repetitions reason)"
