#!/bin/sh
# kill -9 while a program's output is made for the first time: what there was of it is not taken for the whole.
. tests/cli/lib.sh
command -v hyperfine >/dev/null || skip 'hyperfine is not installed'
mkdir "$tmp/bin"
cat >"$tmp/bin/jq" <<EOF
#!/bin/sh
echo half
[ -e "$tmp/go" ] || { touch "$tmp/half"; sleep 60; }
cat "$tmp/rest"
EOF
chmod +x "$tmp/bin/jq"
echo rest >"$tmp/rest"
PATH=$tmp/bin:$PATH

$heaptrial run -a system -w jq --rounds 2 -q -o "$tmp/run" --env "HT_MARK=$tmp" >"$tmp/out" 2>&1 &
runner=$!
tries=0
until [ -e "$tmp/half" ] || [ $tries = 500 ]; do
    tries=$((tries + 1))
    sleep 0.02
done
kill -9 $runner
wait $runner 2>/dev/null
[ -e "$tmp/half" ] || fail "the program was not started: $(cat "$tmp/out")"
none_left "HT_MARK=$tmp"
touch "$tmp/go"
expect 0 "$heaptrial run --resume $tmp/run -q"
bad=$(columns "$tmp/run/rows.csv" strategy outcome reason | grep -v '^system.ok')
[ -z "$bad" ] || fail "rows that are not ok: $bad"
[ "$(columns "$tmp/run/rows.csv" round | wc -l)" = 2 ] || fail 'not two rows'
