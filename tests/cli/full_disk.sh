#!/bin/sh
# A full disk: exit 1 and its name, what was written is whole, and the run goes on once there is room.
. tests/cli/lib.sh
[ "$(id -u)" = 0 ] || skip 'needs root, to mount a tmpfs'
mkdir "$tmp/disk" "$tmp/tiny"
trap 'umount "$tmp/disk" "$tmp/tiny" 2>/dev/null; finish' EXIT
mount -t tmpfs -o size=64k heaptrial "$tmp/disk" 2>/dev/null || skip 'may not mount a tmpfs'
mount -t tmpfs -o size=16k heaptrial "$tmp/tiny" || skip 'may not mount a tmpfs'
plan="-a null,system,pool -w fixed-churn:slots=10,fixed-churn:slots=20 -p throughput,memory,latency \
    --window 0.2 --rounds 2 --repetitions 1 -q"

$heaptrial run $plan -o "$tmp/whole" || fail "with room: exit $?"
cells "$tmp/whole" >"$tmp/expected"

# full ROOM: the run stops within ROOM more bytes, and goes on with all of them.
full() {
    rm -rf "$tmp/disk/"*
    head -c "$1" /dev/zero >"$tmp/disk/ballast"
    expect 1 "$heaptrial run $plan -o $tmp/disk/run" "the disk of $tmp/disk/run is full; free some, then"
    grep -q 'No space\|is full' "$tmp/err" || fail "$1: $(cat "$tmp/err")"
    rm "$tmp/disk/ballast"
    [ -e "$tmp/disk/run/manifest.json" ] || return
    find "$tmp/disk/run" -name '*.tmp' | grep . && fail "$1: a temporary file is left"
    if [ -s "$tmp/disk/run/rows.csv" ]; then
        tail -c 1 "$tmp/disk/run/rows.csv" | od -c | grep -q '\\n' || fail "$1: rows.csv is torn"
    fi
    grep -q -- "--resume $tmp/disk/run" "$tmp/err" || fail "$1 does not say how to go on: $(cat "$tmp/err")"
    mount -o remount,size=8m "$tmp/disk"
    expect 0 "$heaptrial run --resume $tmp/disk/run -q"
    cells "$tmp/disk/run" >"$tmp/got"
    same "$tmp/expected" "$tmp/got" "rows after $1 bytes of ballast"
    rm -rf "$tmp/disk/"*
    mount -o remount,size=64k "$tmp/disk"
}
for ballast in 0 20480 40960 49152 53248 57344; do
    full $ballast
done
# Not even the manifest fits.
head -c 16384 /dev/zero >"$tmp/tiny/ballast"
expect 1 "$heaptrial run $plan -o $tmp/tiny/run" "is full|No space left"
[ -e "$tmp/tiny/run" ] && fail "an empty run is left: $(ls -a "$tmp/tiny/run")"
exit 0
