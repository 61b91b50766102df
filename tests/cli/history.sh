#!/bin/sh
# heaptrial history on a made-up one, on a small real run, and on files that are none.
. tests/cli/lib.sh
make_rows=$build/tests/make_rows
"$build/tests/make_history" "$tmp/made.sqlite" 30 || fail 'no history'
cd "$tmp"

# says REGEX WHAT: it stands in what was printed.
says() {
    grep -qE -- "$1" out || fail "$2: no '$1' in: $(head -n 40 out)"
}
show="$heaptrial history show --file made.sqlite"

# ---- trends with known changes
expect 0 "$show --baseline system"
says '^Machine 1: a processor, 2 cores; 30 runs, the last 30 commits; ratios to system\.$' 'the head'
says '^c0020 .* slab larson +time +-(19|20|21)\.[0-9] %$' 'the latest change first'
says '^c0010 .* tlsf larson +time +\+(9|10)\.[0-9] %$' 'the other change'
[ "$(grep -c '^c00' out)" -le 4 ] || fail "false alarms: $(grep '^c00' out)"
expect 0 "$show tlsf larson time"
says '^tlsf larson: time ' 'one trend'
[ "$(grep -c '^c00' out)" = 30 ] || fail "not 30 commits: $(cat out)"
expect 0 "$show tlsf larson --baseline system"
says '^c0010 .*\+(9|10)\.[0-9] % from here \(p = 0\.005\)$' 'the change in its place'
expect 0 "$show tlsf larson --last 10 --csv"
[ "$(columns out commit | tr '\n' ' ')" = 'c0020 c0021 c0022 c0023 c0024 c0025 c0026 c0027 c0028 c0029 ' ] || fail "the last ten: $(columns out commit)"
[ "$(columns out figures not_ok machine metric | sort -u)" = "20	0	1	time" ] || fail "CSV: $(head -n 3 out)"
expect 0 "$show t=1 tlsf"
says '^[01] of 10 trends changed|^[0-9]+ of 10 trends changed' 'filters'
if command -v gnuplot >/dev/null; then
    expect 0 "$show slab larson --plot plots"
    [ -s plots/history.svg ] && [ -s plots/history.png ] || fail 'no plot'
    grep -q 'at c0020' plots/history.svg || fail 'the change is not in the plot'
    expect 2 "$show slab --plot plots" 'draws one trend, and the words leave 10'
    expect 1 "$show slab larson --plot nowhere/plots" 'nowhere/plots: No such file'
fi

# ---- adding
mkdir all run bare
$make_rows all 1 >rows.out && awk -F, 'NR == 1 || $0 ~ /,(tlsf|buddy),/' all/rows.csv >run/rows.csv
machine() {
    printf '{"run": "r", "created": "%s", "machine": {"cpu": "%s", "host": "h", "cores": 2}}\n' "$3" "$2" >"$1/manifest.json"
}
machine run one 2026-01-01T00:00:00Z
add="$heaptrial history add --file h.sqlite --commit"
expect 0 "$add aaa run"
says '^h\.sqlite: [0-9]+ rows of commit aaa, measured 2026-01-01T00:00:00Z$' 'add'
cp h.sqlite before.sqlite
expect 0 "$add aaa run"
says '^run is in h\.sqlite already: nothing to add$' 'twice'
cmp -s h.sqlite before.sqlite || fail 'twice: the file changed'
# The same commit once more: its rows join the point. Another machine is another trend.
sed '2,$s/,ok,,/,ok,,/; 2,$s/^synthetic,1,/synthetic,2,/' run/rows.csv >x && mv x run/rows.csv
machine run one 2026-01-02T00:00:00Z
expect 0 "$add aaa run"
expect 0 "$heaptrial history show --file h.sqlite tlsf larson t=1 time --csv"
[ "$(columns out commit measured figures | tr '\n' ' ')" = 'aaa	2026-01-01T00:00:00Z	2 ' ] || fail "one commit: $(cat out)"
sed '2,$s/^synthetic,2,/synthetic,3,/' run/rows.csv >x && mv x run/rows.csv
machine run other 2026-01-03T00:00:00Z
expect 0 "$add bbb run"
expect 0 "$heaptrial history show --file h.sqlite tlsf larson t=1 time --csv"
[ "$(columns out commit machine)" = 'bbb	2' ] || fail "the machine of the latest run: $(cat out)"
expect 0 "$heaptrial history show --file h.sqlite tlsf larson t=1 time --machine 1"
says '^Machine 1 \(of several: --machine\): one' 'machine 1'
# What was not ok is not hidden.
expect 0 "$heaptrial history show --file h.sqlite buddy mstress t=1 time"
says ' 1 not ok$' 'a hang'
expect 1 "$heaptrial history show --file h.sqlite buddy mstress t=1 time --plot plots" 'buddy mstress has no figure to draw'

# ---- a real run
expect 0 "$heaptrial run -a null -w fixed-churn:slots=100 -p throughput $tiny -o real"
expect 0 "cd '$OLDPWD' && $heaptrial history add --file '$tmp/h.sqlite' '$tmp/real' --commit real"
expect 0 "$heaptrial history show --file h.sqlite null slots=100"
says '^real .* 2  ' 'two rounds'
if command -v git >/dev/null; then
    git init -q repo && git -C repo -c user.name=a -c user.email=a@b commit -q --allow-empty -m one
    expect 0 "cd repo && $heaptrial history add --file git.sqlite ../real"
    says "rows of commit $(git -C repo rev-parse HEAD)," 'the commit that git knows'
fi

# ---- bad input
expect 2 "$heaptrial history" 'add a run, or show what there is'
expect 2 "$heaptrial history ad" "add or show, not 'ad'"
expect 2 "$heaptrial history add" 'name the folder of a run'
expect 2 "$heaptrial history add real real" 'one run at a time'
expect 2 "$heaptrial history add --commit 'a b' real" 'a commit is one word'
expect 2 "$heaptrial history show --last x" "--last takes a whole number, not 'x'"
expect 2 "$add aaa nowhere" 'is no folder of a run'
cp run/rows.csv bare
expect 2 "$add aaa bare" 'bare/manifest.json: No such file'
echo '{' >bare/manifest.json
expect 1 "$add aaa bare" 'bare/manifest.json is no manifest of heaptrial'
printf '{"run": "r", "created": "", "machine": {"cpu": "a", "cores": 2}, "machines": [{"cpu": "a", "cores": 2}, {"cpu": "b", "cores": 2}]}' >bare/manifest.json
expect 5 "$add aaa bare" 'was put together from machines that differ'
expect 2 "cd / && $heaptrial history add --file $tmp/no.sqlite $tmp/real" 'git knows no commit here: name the one'
expect 2 "$heaptrial history show --file nowhere.sqlite" 'there is no nowhere.sqlite: heaptrial history add DIR makes it'
[ -e no.sqlite ] || [ -e nowhere.sqlite ] && fail 'a file was made for nothing'
expect 2 "$heaptrial history show --file h.sqlite --machine 9" 'h.sqlite knows no machine 9'
expect 2 "$show larsn" "has no cell of 'larsn' on this machine: did you mean larson\?"
expect 2 "$show tlsf slab" 'no cell is of all these words'
expect 1 "$add aaa real --file nowhere/h.sqlite" 'nowhere/h.sqlite: '

echo 'no database, but more than one page of text' >text.sqlite
for i in 1 2 3 4 5 6 7 8; do cat text.sqlite text.sqlite >x && mv x text.sqlite; done
cp text.sqlite text.before
expect 2 "$heaptrial history show --file text.sqlite" 'text.sqlite is no history of heaptrial'
expect 2 "$add aaa real --file text.sqlite" 'text.sqlite is no history of heaptrial'
same text.before text.sqlite 'a text file'
: >empty.sqlite
expect 2 "$heaptrial history show --file empty.sqlite" 'empty.sqlite is no history of heaptrial'
expect 0 "$add aaa real --file empty.sqlite"

# Damaged: every page but the first is noise.
cp made.sqlite bad.sqlite
size=$(wc -c <bad.sqlite)
head -c $((size - 4096)) /dev/urandom | dd of=bad.sqlite bs=4096 seek=1 conv=notrunc 2>/dev/null
expect 1 "$heaptrial history show --file bad.sqlite tlsf larson" 'bad.sqlite is damaged'
expect 1 "$add zzz real --file bad.sqlite" 'bad.sqlite is damaged'

if command -v sqlite3 >/dev/null; then
    sqlite3 other.sqlite 'CREATE TABLE t(a)'
    expect 2 "$add aaa real --file other.sqlite" 'other.sqlite is no history of heaptrial'
    sqlite3 made.sqlite 'PRAGMA user_version = 2'
    expect 2 "$show" 'made.sqlite was made by a newer heaptrial'
    # Held by another program.
    mkfifo hold
    sqlite3 h.sqlite <hold >held 2>&1 &
    exec 3>hold
    printf 'BEGIN EXCLUSIVE;\nSELECT 1;\n' >&3
    for i in 1 2 3 4 5 6 7 8 9 10; do [ -s held ] && break; sleep 0.2; done
    expect 1 "$add ccc real" 'h.sqlite is held by another program'
    exec 3>&-
    wait
    expect 0 "$heaptrial history show --file h.sqlite null"
fi

# A full disk: one line, and what was there before still is.
if [ "$(id -u)" = 0 ] && mkdir disk && mount -t tmpfs -o size=256k heaptrial disk 2>/dev/null; then
    trap 'umount "$tmp/disk" 2>/dev/null; finish' EXIT
    expect 0 "$add aaa real --file disk/h.sqlite"
    cp disk/h.sqlite before.sqlite
    machine all one 2026-01-05T00:00:00Z
    expect 1 "$add bbb all --file disk/h.sqlite" 'disk/h.sqlite can.t be written: the disk is full'
    expect 0 "$heaptrial history show --file disk/h.sqlite --csv"
    [ "$(columns out commit | sort -u)" = aaa ] || fail "after a full disk: $(cat out)"
    head -c 1m /dev/zero >disk/ballast 2>/dev/null
    expect 1 "$add bbb all --file disk/new.sqlite" 'disk/new.sqlite'
    [ -s disk/new.sqlite ] && fail 'half a history was left'
fi
