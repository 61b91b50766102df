#!/bin/sh
# planted: chosen by its own name only, with options that are checked before the run, and its crash is a row.
. tests/cli/lib.sh

expect 0 "$heaptrial list strategies"
grep -A 1 '^known faults' "$tmp/out" | grep -q '^  planted ' || fail "not listed as what it is: $(tail -n 3 "$tmp/out")"
expect 0 "$heaptrial show planted"
grep -q '^chosen: .*by its own name only' "$tmp/out" || fail "not shown as what it is: $(cat "$tmp/out")"
expect 0 "$heaptrial run -a allocators -w fixed-churn:slots=10 -p throughput --window 0.5 --rounds 1 --repetitions 1 -q -o $tmp/many"
columns "$tmp/many/rows.csv" strategy >"$tmp/got"
grep -q '^tlsf$' "$tmp/got" || fail 'tlsf is no allocator'
! grep -q planted "$tmp/got" || fail 'planted is one of `allocators`'

refused() { # STRATEGY REGEX
    expect 2 "$heaptrial run -a $1 -w larson $tiny -o $tmp/none" "$2"
    [ ! -e "$tmp/none" ] || fail "a refused $1 left a folder"
}
refused planted:slowr=5 "planted has no option 'slowr': did you mean slower\? It has slower, extra, leak, peak, pause, crash$"
refused planted:leak=few "leak of planted is a whole number, not 'few'$"
refused planted:peak=2000 'options of planted: slower, peak \(percent, at most 1000\)'
refused planted: "'planted:': options stand after a colon"
refused tlsf:eager "tlsf has no option 'eager'; it has none$"
refused system:eager "'system:eager': a drop-in has no options after its name$"
expect 2 "$heaptrial misuse -a planted:leak=2 -o $tmp/none" "'planted:leak=2': misuse is of a strategy without options"

# ---- a row's name holds the options, and they reach both kinds of cell
expect 0 "$heaptrial run -a planted,planted:extra=10+leak=7 -w fixed-churn -p throughput $tiny -o $tmp/run"
columns "$tmp/run/rows.csv" strategy outcome | sort -u >"$tmp/got"
printf 'planted\tok\nplanted:extra=10+leak=7\tok\n' >"$tmp/want"
same "$tmp/got" "$tmp/want" 'names and outcomes'
expect 3 "$heaptrial faults -a planted,planted:crash -w fixed-churn:slots=20:ops=40 --fault os:mmap,nth=* --points 3 -q -o $tmp/faults"
columns "$tmp/faults/rows.csv" strategy outcome | sort -u >"$tmp/got"
printf 'planted\tok\nplanted:crash\tcrash\n' >"$tmp/want"
same "$tmp/got" "$tmp/want" 'outcomes under failure'
