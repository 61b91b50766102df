#!/bin/sh
# In each round what is compared stands side by side, in an order of its own; runs with other seeds share no
# operation stream, neither in the same round nor in another.
. tests/cli/lib.sh
plan='-a null,system,pool -w fixed-churn:slots=10,fixed-churn:slots=20,fixed-churn:slots=30,fixed-churn:slots=40 -p throughput --window 0.2 --rounds 4 --repetitions 1 -q'
for seed in 7 8; do
    $heaptrial run $plan --seed $seed -o "$tmp/$seed" >"$tmp/out" || fail "seed $seed: exit $?"
    columns "$tmp/$seed/rows.csv" round order params strategy seed >"$tmp/$seed.rows"
done

# A job that comes back after another one, or a strategy that does not come once in each three rows.
awk -F '\t' '{ three = $1 " " int(($2 - 1) / 3); jobs[three] = jobs[three] " " $3 }
    END { for (t in jobs) { split(jobs[t], j, " "); if (j[1] != j[2] || j[2] != j[3]) print t jobs[t] } }' "$tmp/7.rows" |
    grep . && fail 'what is compared does not stand side by side'
for by in 'int(($2 - 1) / 3), $3' '($2 - 1) % 3, $4'; do
    [ "$(awk -F '\t' "{ print $by }" "$tmp/7.rows" | sort -u | wc -l)" -gt 4 ] || fail "one order in all rounds: $by"
done

cut -f 5 "$tmp/7.rows" | sort -u >"$tmp/7.seeds"
cut -f 5 "$tmp/8.rows" | sort -u >"$tmp/8.seeds"
[ "$(wc -l <"$tmp/7.seeds")" = 16 ] || fail 'seeds are not by workload and round'
comm -12 "$tmp/7.seeds" "$tmp/8.seeds" | grep . && fail 'runs with the seeds 7 and 8 share operation streams'
exit 0
