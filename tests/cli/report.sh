#!/bin/sh
# heaptrial report: two files that need nothing else, whatever is in the run, and one clear line for what is no run.
. tests/cli/lib.sh
run=$tmp/run
mkdir "$run" && "$build/tests/make_rows" "$run" 2 >/dev/null || fail "no rows"

expect 0 "'$heaptrial' report '$run'"
[ "$(cat "$tmp/out")" = "$run/report.html
$run/report.md" ] || fail "does not name its files: $(cat "$tmp/out")"

# The page: sections, a policy that allows nothing from outside, and nothing that would ask for it.
for id in verdict choice a-glance a-time a-memory a-front a-latency a-overtime a-threads a-notok noise order machine words missing; do
    grep -q "<section id=\"$id\"" "$run/report.html" || fail "no section $id"
done
grep -q "Content-Security-Policy\" content=\"default-src 'none'; style-src 'sha256-" "$run/report.html" || fail "no policy"
! grep -oE '(src|href)="[^#"][^"]*"|https?://[^ "<]*|@import|url\(' "$run/report.html" || fail "the page names what is outside"
! grep -qE ' style="| on[a-z]+="' "$run/report.html" || fail "the policy forbids style and event attributes"
grep -q '^### Which one?' "$run/report.md" || fail "no choice in the Markdown"
grep -q '| mimalloc | ' "$run/report.md" || fail "no line of mimalloc in the Markdown"

# The hashes are those of what stands there.
for tag in style script; do
    hash=$(grep -o "$tag-src 'sha256-[^']*" "$run/report.html" | sed 's/.*sha256-//')
    is=$(sed -n "/<$tag>/,/<\/$tag>/p" "$run/report.html" | sed -e "s/.*<$tag>//" -e "s/<\/$tag>.*//" | sed '$d' |
        sha256sum | cut -c -64 | tr a-f A-F | basenc --base16 -d | base64)
    [ "$hash" = "$is" ] || fail "the hash of the $tag is $hash, but it has $is"
done

# To stdout, and elsewhere; the same bytes every time.
"$heaptrial" report "$run" --html >"$tmp/html" && same "$tmp/html" "$run/report.html" "--html"
"$heaptrial" report "$run/rows.csv" --markdown >"$tmp/md" && same "$tmp/md" "$run/report.md" "--markdown"
mkdir "$tmp/there"
expect 0 "'$heaptrial' report '$run' -o '$tmp/there' --baseline mimalloc"
grep -q 'relative to <span class="baseline">mimalloc' "$tmp/there/report.html" || fail "--baseline is not heeded"

# What other programs wrote is text, never markup.
mkdir "$tmp/nasty"
sed -e 's/,mimalloc,/,"<b onload=""x()"">\&amp",/' "$run/rows.csv" >"$tmp/nasty/rows.csv"
expect 0 "'$heaptrial' report '$tmp/nasty'"
grep -q '&lt;b onload=&quot;x()&quot;&gt;&amp;amp' "$tmp/nasty/report.html" || fail "a name is not escaped"
! grep -q '<b onload' "$tmp/nasty/report.html" || fail "a name became markup"

# Collectors, faults and misuse have charts of their own.
mkdir "$tmp/gc"
awk -F, -v OFS=, 'NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; print; next }
    $at["pass"] == "latency" { $at["pass"] = "pauses"; $at["pause_max_ns"] = 1000 * NR; $at["mmu_10ms"] = 0.5; $at["series"] = "" }
    $at["pass"] == "memory" { $at["fault"] = "cycle:length=8"; $at["outcome"] = NR % 3 ? "ok" : "leak"; $at["series"] = "" }
    { $at["kind"] = "collector"; $at["heap"] = "3x"; print }' "$run/rows.csv" >"$tmp/gc/rows.csv"
printf 'strategy,case,size,verdict,rate,ops_to_detection,message\nsystem,double-free,8,diagnosed,1,0,"free(): double ""free"", found"\n' >"$tmp/gc/misuse.csv"
printf 'system,double-free,24,missed,0,,\nmimalloc,double-free,8,exploited,0,,won\nmimalloc,cut,8' >>"$tmp/gc/misuse.csv"
expect 0 "'$heaptrial' report '$tmp/gc'"
for id in c-glance c-time faults misuse; do
    grep -q "<section id=\"$id\"" "$tmp/gc/report.html" || fail "no section $id of collectors"
done
grep -q '<td class="bad">leak<i>' "$tmp/gc/report.html" || fail "no leak under a fault"
grep -q '<th scope="row">double-free</th><td class="miss">missed</td><td class="bad">exploited</td>' "$tmp/gc/report.html" ||
    fail "misuse is not as its rows: $(grep double-free "$tmp/gc/report.html")"
printf 'a,b\n1,2\n' >"$tmp/gc/misuse.csv"
expect 0 "'$heaptrial' report '$tmp/gc'"
grep -q 'misuse.csv: its first line is not that of verdicts on misuse' "$tmp/gc/report.html" || fail "a foreign misuse.csv is not named"

# How far the gate can be trusted: of a self-test that was named, else of one beside the rows, else of results/selftest.
header=trial,plant,status,lines,regressed,not_confirmed,seconds,load
for id in self named; do
    mkdir -p "$tmp/$id"
    { echo $header; seq 20 | sed 's/$/,same,0,4,0,0,2.5,1/'; seq 21 30 | sed 's/$/,slower-5,3,4,4,0,2.5,1/'; } >"$tmp/$id/selftest.csv"
done
! grep -q 'id="gate"' "$tmp/html" || [ -e results/selftest/selftest.csv ] || fail "a gate that has no self-test"
gates='Of 20 gates in which nothing was planted none called anything: at most 16.8 % with 95 % confidence; 5 % more CPU time was called in 10 of 10.'
expect 0 "'$heaptrial' report '$run' -o '$tmp/there' --selftest '$tmp/named'"
for file in report.html report.md; do
    grep -qF "$gates" "$tmp/there/$file" || fail "$file does not say how far the gate can be trusted"
done
grep -q '<a href="#gate">' "$tmp/there/report.html" && grep -q '<section id="gate"' "$tmp/there/report.html" || fail "no section of the gate"
cp "$run/rows.csv" "$tmp/self/"
expect 0 "'$heaptrial' report '$tmp/self'"
grep -qF "$gates" "$tmp/self/report.md" || fail "the selftest.csv beside the rows is not seen"
mkdir -p "$tmp/cwd/results/selftest"
cp "$tmp/named/selftest.csv" "$tmp/cwd/results/selftest/"
expect 0 "cd '$tmp/cwd' && '$heaptrial' report '$run' --markdown"
grep -qF "$gates" "$tmp/out" || fail "results/selftest is not seen"
echo 1,nosuch,0,1,1,1,1,1 >>"$tmp/self/selftest.csv"
expect 0 "'$heaptrial' report '$tmp/self'"
grep -q '<li>.*selftest.csv: line 32 is no trial: 1,nosuch' "$tmp/self/report.html" || fail "a bad selftest.csv is not named"
! grep -q 'id="gate"' "$tmp/self/report.html" || fail "a bad selftest.csv is shown"
rm "$tmp/there"/*
expect 1 "'$heaptrial' report '$run' -o '$tmp/there' --selftest '$tmp/self'" "selftest.csv: line 32 is no trial"
[ -z "$(ls "$tmp/there")" ] || fail "a report was written all the same"
echo $header >"$tmp/self/selftest.csv"
expect 2 "'$heaptrial' report '$run' --selftest '$tmp/self'" "there are no trials"
expect 2 "'$heaptrial' report '$run' --selftest '$tmp/nosuch'" "nosuch/selftest.csv: there are no trials"

# Little to say: one strategy, one round, series that are gone.
mkdir "$tmp/alone" "$tmp/once"
grep -E '^run,|,system,' "$run/rows.csv" >"$tmp/alone/rows.csv"
expect 0 "'$heaptrial' report '$tmp/alone'"
grep -q 'No two strategies can be compared' "$tmp/alone/report.html" || fail "one strategy is compared with itself"
awk -F, 'NR == 1 || $2 == 1' "$run/rows.csv" >"$tmp/once/rows.csv"
expect 0 "'$heaptrial' report '$tmp/once'"
grep -q 'One round: it can’t be told' "$tmp/once/report.html" || fail "one round is taken for many"
grep -q 'files of series can’t be read' "$tmp/once/report.html" || fail "series that are gone are not named"

# What is no run, and no place.
mkdir "$tmp/empty"
head -n 1 "$run/rows.csv" >"$tmp/empty/rows.csv"
expect 1 "'$heaptrial' report '$tmp/empty'" "there are no rows"
expect 2 "'$heaptrial' report '$tmp/there'" "is no folder of a run"
expect 2 "'$heaptrial' report '$run' --baseline mimaloc" "did you mean mimalloc"
expect 2 "'$heaptrial' report '$run' '$run'" "one run at a time"
expect 2 "'$heaptrial' report '$run' --html --markdown" "one at a time"
expect 1 "'$heaptrial' report '$run' -o '$tmp/no/such'" "can't write .*report.html"
expect 1 "'$heaptrial' report '$run' --html >/dev/full" "can't write to stdout"

# A full disk: what stood there before still does.
mkdir "$tmp/disk"
if [ "$(id -u)" = 0 ] && mount -t tmpfs -o size=64k heaptrial "$tmp/disk" 2>/dev/null; then
    echo before >"$tmp/disk/report.html"
    expect 1 "'$heaptrial' report '$run' -o '$tmp/disk'" "can't write .*report.html: No space left"
    [ "$(ls "$tmp/disk")" = report.html ] && [ "$(cat "$tmp/disk/report.html")" = before ] || fail "half a report on a full disk"
    umount "$tmp/disk"
fi

cd "$tmp" && expect 2 "'$heaptrial' report" "results/runs/latest is no folder of a run"
