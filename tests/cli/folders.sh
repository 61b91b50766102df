#!/bin/sh
# A folder that is not ours, is no folder, can't be written, or has a runner already.
. tests/cli/lib.sh
cd "$tmp"
plan="-a null,system -w fixed-churn:slots=10 -p throughput --window 0.2 --rounds 2 --repetitions 1 -q"
# Each file of a folder, with its time.
state() {
    find "$1" -exec stat -c '%n %A %s %y' {} + 2>/dev/null | sort
}
untouched() {
    state "$1" >after
    same before after "$1 was changed"
}
# refused FOLDER REGEX: by a new run and, unless $3 says otherwise, with nothing in it changed.
refused() {
    state "$1" >before
    expect 2 "$heaptrial run $plan -o $1" "$2"
    untouched "$1"
}
mkdir theirs && echo hello >theirs/letter.txt
refused theirs 'theirs is not empty: take another'
mkdir hidden && : >hidden/.keep
refused hidden 'hidden is not empty: take another'
echo file >file
refused file 'file: Not a directory'
expect 2 "$heaptrial run $plan -o file/run" 'file/run: Not a directory'
expect 0 "$heaptrial run $plan -o run"
refused run 'run is not empty: take another .*, or go on with it \(--resume run\)'
expect 0 "$heaptrial run $plan -o deep/er/run/"
ln -s nowhere dangling
expect 1 "$heaptrial run $plan -o dangling" "dangling"
expect 1 "$heaptrial run $plan -o ''" "can't make the folder"

# What a killed runner leaves before it has a manifest is no obstacle.
mkdir begun && : >begun/manifest.json.tmp
expect 0 "$heaptrial run $plan -o begun"

# Resuming what is no run.
resume() {
    state "$1" >before
    expect 2 "$heaptrial run --resume $1 -q" "$2"
    [ ! -e "$1" ] || untouched "$1"
}
resume nowhere/at/all 'there is no run in nowhere/at/all: .*No such file'
[ -e nowhere ] && fail '--resume made a folder'
resume theirs 'there is no run in theirs'
resume file 'there is no run in file'
expect 2 "$heaptrial run --resume run -a null" 'leave --strategies out'
expect 2 "$heaptrial run --resume run --window 3" 'leave --window out'
expect 2 "$heaptrial run --resume run --env A=B" 'leave --env out'

# A manifest that is not ours, or was cut short or edited.
manifest() {
    rm -rf bad && cp -r run bad
    sh -c "$1" <run/manifest.json >bad/manifest.json
    resume bad 'bad/manifest.json is no manifest of heaptrial: '
}
manifest 'head -c 300'
manifest 'head -c 0'
manifest 'echo "{}"'
manifest 'echo "[1, 2]"'
manifest 'echo "{\"name\": \"left-pad\", \"version\": \"1.3.0\"}"'
manifest 'sed s/\"format\":\ 2/\"format\":\ 99/'
manifest 'sed s/\"shards\":\ 1/\"shards\":\ 0/'
manifest 'sed s/\"rounds\":\ 2/\"rounds\":\ -1/'
manifest 'sed s/\"rounds\":\ 2/\"rounds\":\ 3/'
manifest 'sed s/\"iterations\":\ [0-9]*/\"iterations\":\ 0/'
manifest 'sed s/fixed-churn/fixed-chum/'
manifest 'sed s/\"seed\":\ 1/\"seed\":\ 2/'
manifest 'sed s/slots=10/slots=11/'
manifest 'head -c 100000 /dev/urandom'

# Rows that are not ours.
rows() {
    rm -rf bad && cp -r run bad
    sh -c "$1" <run/rows.csv >bad/rows.csv
    resume bad "$2"
}
rows 'echo name,age; echo Ada,36' 'rows.csv: not a file of rows'
rows 'sed s/,round,/,runde,/' 'columns of another version'
rows 'sed 1s/^run,round/round,run/' '(columns of another version|is not a whole number|line 2)'
rows 'sed "2s/^[0-9a-f]*/0123456789abcdef/"' 'row 1 is not of this run'
rows 'cat; tail -n 1 bad/../run/rows.csv' 'row 5 is not of this run, or there twice'
rows 'sed "3s/,null,/,nil,/;3s/,system,/,sistem,/"' 'row 2 is not of this run'
rows 'sed "3s/\$/,/"' 'line 3 has [0-9]+ fields'
rows "awk -F, -v OFS=, 'NR == 3 { \$2 = \"two\" } 1'" 'line 3'

# One runner at a time: of four that start at once in one folder, one runs.
for i in 1 2 3 4; do
    $heaptrial run -a null,system -w larson -p throughput $tiny -o shared 2>"err$i" &
    eval "pid$i=\$!"
done
good=0
for i in 1 2 3 4; do
    eval "wait \$pid$i" && good=$((good + 1)) ||
        grep -qE 'another heaptrial is running in shared|shared is not empty' "err$i" || fail "runner $i: $(cat "err$i")"
done
[ $good = 1 ] || fail "$good of four runners in one folder ran"
[ "$(cells shared | wc -l)" = 4 ] || fail "$(cells shared | wc -l) rows by four runners, not 4"

# No permission to write.
if [ "$(id -u)" = 0 ]; then
    command -v setpriv >/dev/null || skip 'needs setpriv, to run as another user'
    chmod 755 "$tmp"
    as='setpriv --reuid=65534 --regid=65534 --clear-groups'
    $as "$heaptrial" list >/dev/null 2>&1 || skip "another user can't reach $heaptrial"
else
    as=
fi
mkdir locked && chmod 555 locked
[ -n "$as" ] && chown 65534 locked
expect 1 "$as $heaptrial run $plan -o $tmp/locked" "can't write to .*locked: Permission denied"
expect 1 "$as $heaptrial run $plan -o $tmp/locked/run" "can't make the folder .*locked/run: Permission denied"
[ -z "$(ls -A locked)" ] || fail "something is left in locked: $(ls -A locked)"
chmod -R a-w run && chmod -R a+rX run
expect 1 "$as $heaptrial run --resume $tmp/run -q" 'Permission denied'
chmod -R u+w run locked
