#!/bin/sh
# The adversaries bite. Of `pool` it is known what it keeps: each size's own peak. Robson's program at six
# doublings makes any allocator hold 4 times the live bytes, less a page or two for each size; the sawtooth
# makes this one hold six teeth for one.
set -eu
heaptrial=${HT_BUILD:-build}/heaptrial
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
"$heaptrial" run -q -a pool -w robson,fragment-sawtooth -p memory --rounds 1 --window 1 -o "$out/run" >/dev/null
awk -F, '
    NR == 1 { for (i = 1; i <= NF; i++) column[$i] = i; next }
    {
        ratio = ($column["rss_peak_bytes"] - $column["rss_base_bytes"]) / $column["live_peak_bytes"]
        print $column["workload"], $column["outcome"], ratio
        least = $column["workload"] == "robson" ? 3.9 : 5.5
        if ($column["outcome"] != "ok" || ratio < least || ratio > 6.5)
            wrong = 1
        rows++
    }
    END { exit wrong || rows != 2 }' "$out/run/rows.csv"
