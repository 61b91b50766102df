#!/bin/sh
# --env reaches programs, with blanks in its value too.
. tests/cli/lib.sh
command -v hyperfine >/dev/null || skip 'hyperfine is not installed'
mkdir "$tmp/bin"
cat >"$tmp/bin/jq" <<EOF
#!/bin/sh
echo "\$HT_COLOUR"
cat /dev/null
EOF
chmod +x "$tmp/bin/jq"
PATH=$tmp/bin:$PATH
expect 0 "$heaptrial run -a system -w jq --rounds 1 -q -o $tmp/run --env 'HT_COLOUR=dark green'"
[ "$(columns "$tmp/run/rows.csv" outcome)" = ok ] || fail "$(columns "$tmp/run/rows.csv" outcome reason)"
grep -qx 'dark green' "$tmp/run/programs/jq/.output" || fail "it saw '$(cat "$tmp/run/programs/jq/.output")'"
