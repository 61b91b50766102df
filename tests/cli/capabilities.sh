#!/bin/sh
# The table of docs/collectors.md is what the cells say.
. tests/cli/lib.sh
[ -x "$build/cells/boehm" ] && [ -x "$build/cells/cpython" ] || skip 'needs libgc-dev and libpython3.11-dev'
sed -n '/^<!-- capabilities/,/^<!-- end/{//!p}' docs/collectors.md >"$tmp/docs"
scripts/capabilities "$build" >"$tmp/cells" || fail "scripts/capabilities: exit $?"
[ "$(wc -l <"$tmp/cells")" -ge 14 ] || fail "only $(wc -l <"$tmp/cells") lines"
cmp "$tmp/docs" "$tmp/cells" || fail "docs/collectors.md: make docs/collectors.md"
