#!/bin/sh
# The report in headless Chromium: its tables against `heaptrial compare`, the switch, the filter, sorting, the keyboard,
# no word on the console and no request. Screenshots at 1280 and 400 px stay in the build folder.
. tests/cli/lib.sh
command -v chromium >/dev/null || skip "chromium is not installed (apt-get install chromium)"
command -v python3 >/dev/null || skip "python3 is not installed"

"$build/tests/make_rows" "$tmp" 7 >/dev/null || fail "no rows"
"$heaptrial" report "$tmp" >/dev/null || fail "no report"
PYTHONDONTWRITEBYTECODE=1 python3 tests/browser/check_report.py "$heaptrial" "$tmp" mimalloc "$build/screenshots" \
    >"$tmp/said" 2>&1 || fail "$(tail -n 30 "$tmp/said")"
[ -s "$build/screenshots/report-400-dark.png" ] || fail "no screenshots"
