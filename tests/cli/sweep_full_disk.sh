#!/bin/sh
# A sweep on a full disk: that of its rows, or that of the folders where programs work. One line, exit 1, whole rows, and it
# goes on once there is room.
. tests/cli/lib.sh
[ "$(id -u)" = 0 ] || skip 'needs root, to mount a tmpfs'
mkdir "$tmp/disk" "$tmp/here"
trap 'umount "$tmp/disk" 2>/dev/null; finish' EXIT
mount -t tmpfs -o size=4m heaptrial "$tmp/disk" 2>/dev/null || skip 'may not mount a tmpfs'
cd "$tmp/here"
seq 1 30 >text
sweep="$heaptrial sweep -q -j 1 --from once"

long="sed s/a/b/ text"
$sweep --csv "$tmp/a" -- sort text >out || fail "with room: exit $?"
sort "$tmp/a" >"$tmp/short.csv"
$sweep --exhaustive --csv "$tmp/a" -- $long >out
sort "$tmp/a" >"$tmp/long.csv"

# room BYTES: so much is left on the disk.
room() {
    rm -f "$tmp/disk/ballast"
    free=$(df --output=avail -B1 "$tmp/disk" | tail -n 1)
    [ "$free" -le "$1" ] || head -c $((free - $1)) /dev/zero >"$tmp/disk/ballast"
}

# goes_on FOLDER WHOLE.csv WHAT: the rows are whole, what was said names the command that goes on, and it ends with all rows.
goes_on() {
    find "$1" -name '*tmp*' | grep . && fail "$3: a temporary file is left"
    [ ! -s "$1/rows.csv" ] || tail -c 1 "$1/rows.csv" | od -c | grep -q '\\n' || fail "$3: rows.csv is torn"
    grep -q "Free some, then:  heaptrial sweep --resume $1" "$tmp/err" || fail "$3: not how to go on: $(cat "$tmp/err")"
    rm -f "$tmp/disk/ballast"
    "$heaptrial" sweep -q --resume "$1" >"$tmp/out" 2>"$tmp/err"
    case $? in 0 | 3) ;; *) fail "$3: $(cat "$tmp/err")" ;; esac
    sort "$1/rows.csv" >"$tmp/got"
    same "$2" "$tmp/got" "$3"
}

# ---- the disk of the rows: no room for what was asked for, for a row, for the findings
for bytes in 0 4096 8192; do
    rm -rf "$tmp/disk/kept"
    room $bytes
    expect 1 "$sweep -o $tmp/disk/kept -- sort text" 'No space left'
    [ -e "$tmp/disk/kept" ] || continue # nothing begun, and nothing left
    goes_on "$tmp/disk/kept" "$tmp/short.csv" "rows, $bytes bytes left"
done
# A row that does not fit is no half row.
rm -rf "$tmp/disk/kept"
room 8192
expect 1 "$sweep --exhaustive -o $tmp/disk/long -- $long" "can't write a row: No space left .*; the [0-9]+ rows so far are whole"
goes_on "$tmp/disk/long" "$tmp/long.csv" 'a row that did not fit'

# ---- what is asked for beside them
rm -rf "$tmp/disk/long"
room 0
expect 1 "$sweep --csv $tmp/disk/rows.csv -- sort text" "can't write $tmp/disk/rows.csv: No space left"
expect 1 "$sweep --junit $tmp/disk/junit.xml -- sort text" "can't write $tmp/disk/junit.xml: No space left"
find "$tmp/disk" -type f ! -name ballast | grep . && fail 'half a file is left'

# ---- the disk of the folders: whatever the program says of it is not held against the program
for bytes in 0 8192 65536 524288; do
    room $bytes
    rm -rf "$tmp/kept"
    expect 1 "TMPDIR=$tmp/disk $sweep -o $tmp/kept -- sort text" "disk of $tmp/disk.* is full|make a folder in $tmp/disk: No space"
    [ ! -e "$tmp/kept" ] || goes_on "$tmp/kept" "$tmp/short.csv" "folders, $bytes bytes left"
    find "$tmp/disk" -mindepth 1 ! -name ballast | grep . && fail "$bytes: a folder is left"
done
# It fills up under way; on a machine that is too quick for us the sweep has ended before.
room 3145728
TMPDIR=$tmp/disk $sweep --exhaustive -o "$tmp/under" -- $long >out 2>"$tmp/err" &
sweep=$!
while kill -0 $sweep 2>/dev/null && [ "$(cat "$tmp/under/rows.csv" 2>/dev/null | wc -l)" -lt 4 ]; do sleep 0.02; done
room 0
wait $sweep
[ $? != 1 ] || goes_on "$tmp/under" "$tmp/long.csv" 'full under way'
cd /
exit 0
