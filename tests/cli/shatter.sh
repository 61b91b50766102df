#!/bin/sh
# A shattered heap beside the same one whole, in one run: pairs, what they cost, who can't, and that nothing is left.
. tests/cli/lib.sh
workload=fixed-churn:slots=20000

expect 0 "$heaptrial run $tiny -a system,tlsf,obstack,null -w $workload,chunked-stream -p throughput,memory:2 --fault shatter -o $tmp/run"
sed -n '/^Shattered heap (shatter)/,$p' "$tmp/out" >"$tmp/block"
for strategy in system tlsf; do
    grep -qE "^$strategy +[0-9.]+ \[.*\] +[0-9.]+ \[.*\] +2/2" "$tmp/block" || fail "no line of $strategy: $(cat "$tmp/out")"
done
grep -q "obstack  *unsupported  *can't free one object" "$tmp/block" || fail "obstack: $(cat "$tmp/block")"
grep -q 'null  *unsupported  *hands out memory that overlaps' "$tmp/block" || fail "null: $(cat "$tmp/block")"

columns "$tmp/run/rows.csv" strategy workload pass fault outcome round seed iterations shattered_bytes kept_bytes \
    rss_base_bytes rss_peak_bytes >"$tmp/rows"
# Each row has its pair: the same round, seed and work.
awk -F'\t' '{ print $1, $2, $3, $6, $7, $8 }' "$tmp/rows" | grep -v '^null\|^obstack' | sort | uniq -c | grep -v '^ *2 ' &&
    fail 'rows that are no pair'
grep -vE '^(null|obstack)' "$tmp/rows" | awk -F'\t' '$5 != "ok"' | grep . && fail 'rows that are not ok'
# 64 bytes each, 20000 live: 10 times as many, of which 5 % stay. Whatever the strategy.
got=$(awk -F'\t' '$2 == "fixed-churn" && $4 && $5 == "ok" { print $9, $10 }' "$tmp/rows" | sort -u)
[ "$got" = '12800000 640000' ] || fail "shattered and kept: $got"
awk -F'\t' '!$4 && $9 $10' "$tmp/rows" | grep . && fail 'a whole heap was shattered'
# Splinters of 64 bytes hold on to their pages: memory grows.
awk -F'\t' '$1 == "system" && $2 == "fixed-churn" && $3 == "memory" { peak[$4] = $12 - $11 - $10 }
    END { exit !(peak["shatter"] > 2 * peak[""] && peak[""] > 0) }' "$tmp/rows" || fail "no growth: $(cat "$tmp/rows")"
# With one thread, the same draws from the same seed.
for strategy in system tlsf; do
    awk -F'\t' -v s=$strategy '$1 == s && $2 == "chunked-stream" && $4 { print $3, $6, $9, $10 }' "$tmp/rows" | sort >"$tmp/$strategy"
done
same "$tmp/system" "$tmp/tlsf" 'one seed, two strategies'
[ "$(awk '{ print $3 }' "$tmp/system" | sort -u | wc -l)" = 2 ] || fail "two rounds, one seed: $(cat "$tmp/system")"
"$heaptrial" table --csv "$tmp/run" | grep -q '^tlsf,system,shattered_memory,,' || fail 'no line in the CSV'

# Several threads, the tails, and none but a few splinters.
expect 0 "$heaptrial run $tiny -a system,slab -w larson --threads 2 -p throughput:1,latency:1,memory:1 --fault shatter:times=2,keep=100 -o $tmp/threads"
# Of larson more than 64 KiB are live, whichever thread is faster.
grep -qE "^slab +[0-9.]+ +[0-9.]+ +[0-9.]+ +1/1" "$tmp/out" || fail "threads: $(cat "$tmp/out")"

# ---- what is refused
expect 2 "$heaptrial run -a tlsf -w larson -p throughput,faults --fault shatter -o $tmp/no" 'throughput, latency and memory; not faults'
expect 2 "$heaptrial run -a tlsf -w larson --fault shatter --shard 1/2 -o $tmp/no" 'leave --shard out'
expect 2 "$heaptrial run -a tlsf -w larson --fault shatter:keep=0 -o $tmp/no" 'from 1 to 100'
expect 2 "$heaptrial run -a tlsf,marksweep -w larson,churn --fault shatter -o $tmp/no" 'shatter is for allocators, and marksweep is a collector'
expect 2 "$heaptrial run -a tlsf,marksweep -w larson,churn --fault cycle -o $tmp/no" 'cycle is for collectors, and tlsf is an allocator'
expect 2 "$heaptrial faults -a tlsf --fault shatter -o $tmp/no" 'shatter lets nothing fail'
[ -e "$tmp/no" ] && fail 'a refused run left a folder'
exit 0
