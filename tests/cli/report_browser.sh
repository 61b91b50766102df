#!/bin/sh
# The report in headless Chromium: its tables against `heaptrial compare`, the switch, the filter, sorting, the keyboard,
# no word on the console and no request. Screenshots at 1280 and 400 px stay in the build folder.
. tests/cli/lib.sh
command -v chromium >/dev/null || skip "chromium is not installed (apt-get install chromium)"
command -v python3 >/dev/null || skip "python3 is not installed"

"$build/tests/make_rows" "$tmp" 7 >/dev/null || fail "no rows"
awk 'BEGIN { print "trial,plant,status,lines,regressed,not_confirmed,seconds,load"
    for (i = 1; i <= 60; i++) print i "," (i % 3 ? "same,0" : i % 2 ? "slower-5,3" : "slower-10,3") ",4,0,0,2.5,1" }' >"$tmp/selftest.csv"
"$heaptrial" report "$tmp" >/dev/null || fail "no report"
PYTHONDONTWRITEBYTECODE=1 python3 tests/browser/check_report.py "$heaptrial" "$tmp" mimalloc "$build/screenshots" \
    >"$tmp/said" 2>&1 || fail "$(tail -n 30 "$tmp/said")"
[ -s "$build/screenshots/report-400-dark.png" ] || fail "no screenshots"
