#!/bin/sh
# heaptrial sweep as a user types it: rows, report, accepted findings, resume, isolation, and what it refuses.
. tests/cli/lib.sh
programs=$build/tests/programs
tree=$(pwd)
cd "$tmp"

# ---- rows and report ----

"$heaptrial" sweep -q --csv rows.csv --junit junit.xml -o kept -- "$programs/wrong_output" >report 2>err
[ $? = 3 ] || fail "findings are not exit 3: $(cat err)"
head -n 1 rows.csv | grep -q '^point,op,size,thread,stack,outcome,exit,signal,location,replay' || fail 'the columns'
grep -q '8 points tested / 4 calls / 1 stacks' report && fail 'of one stack three calls are enough'
grep -qE '^wrong|[0-9]+ points tested / [0-9]+ calls / [0-9]+ stacks' report || fail "no counts: $(head -n 3 report)"
grep -q '^  replay: heaptrial inject --fresh' report || fail 'no replay'
grep -q 'main at .*wrong_output.c:' report || fail 'no file and line'
same rows.csv kept/rows.csv 'the rows that are kept'
grep -q '<failure type="silent-wrong"' junit.xml || fail 'no failure in the JUnit file'
if command -v xmllint >/dev/null; then
    xmllint --noout --schema "$tree/tests/junit.xsd" junit.xml 2>lint || fail "junit.xml is not valid: $(cat lint)"
fi
grep -q 'failures="1"' junit.xml || fail "the failures are not counted: $(head -n 2 junit.xml)"

# The same rows each time, whatever the number of jobs; another seed draws other calls.
for jobs in 1 3; do
    "$heaptrial" sweep -q -j $jobs --csv - -- sed -e s/a/b/ /etc/passwd | sort >jobs$jobs.csv
done
same jobs1.csv jobs3.csv 'the number of jobs changes the rows'
"$heaptrial" sweep -q --exhaustive --from once --csv all.csv -- sed s/root/x/ /etc/passwd >report
calls=$(sed -n '1s/.* \([0-9]*\) calls.*/\1/p' report)
[ "$(($(wc -l <all.csv) - 1))" = "$calls" ] || fail "--exhaustive tests $(wc -l <all.csv) of $calls calls"
grep -q 'silent-wrong' all.csv || fail 'sed is not found to be silently wrong'

# ---- accepted findings ----

expect 2 "$heaptrial sweep -q --baseline none.txt -- $programs/wrong_output" 'none.txt'
"$heaptrial" sweep -q --baseline accepted.txt --accept 'lines may be left out' -- "$programs/wrong_output" >out 2>err
[ $? = 0 ] || fail "accepting is not exit 0: $(cat err)"
grep -q '^silent-wrong [0-9a-f]\{16\} lines may be left out' accepted.txt || fail "not written: $(cat accepted.txt)"
"$heaptrial" sweep -q --baseline accepted.txt -- "$programs/wrong_output" >out 2>err || fail 'an accepted finding fails'
grep -q '(accepted)' out || fail 'nobody says that it is accepted'
"$heaptrial" sweep -q --baseline accepted.txt -- "$programs/swallowed_null" >out 2>err
[ $? = 3 ] || fail 'a new finding passes'
grep -q '1 accepted finding is no longer seen' out || fail "a stale entry is not told: $(tail -n 2 out)"
echo 'silent-wrong 0123456789abcdef' >bad.txt
expect 2 "$heaptrial sweep -q --baseline bad.txt -- true" 'bad.txt:1: it has no reason'
echo 'clean 0123456789abcdef why' >bad.txt
expect 2 "$heaptrial sweep -q --baseline bad.txt -- true" 'bad.txt:1: .*outcome'
expect 2 "$heaptrial sweep --accept why -- true" '--baseline'

# ---- isolation ----

mkdir work
echo text >work/file
before=$(ls -la --full-time work; ls /tmp | sort)
"$heaptrial" sweep -q --from once --workdir work --csv files.csv -- sed -i s/text/other/ file >out 2>err
[ "$(cat work/file)" = text ] || fail 'the folder of the user was changed'
columns files.csv outcome | grep -qx tolerated || fail "sed -i: $(cat err)"
echo 'the input' >input
"$heaptrial" sweep -q --from once --stdin input --csv in.csv -- sort >out 2>err || fail "--stdin: $(cat out err)"
"$heaptrial" sweep -q --from once --csv in.csv -- cat >out 2>err
[ $? -le 3 ] || fail "without stdin: $(cat err)"
echo data >named.txt
"$heaptrial" sweep -q --from once --csv named.csv -- sort named.txt >out 2>err || fail "a file that is named is not there: $(cat err out)"
left=$(ls -d /tmp/heaptrial-?????? 2>/dev/null | while read -r d; do [ -d "$d/j002" ] && [ "$d" -nt work ] && [ -z "$(marked "$d")" ] && echo "$d"; done)
[ -z "$left" ] || fail "left behind: $left"

# ---- what it says of what it can't cover ----

printf '#!/bin/sh\necho $((6 * 7)); /bin/true\n' >script
chmod +x script
"$heaptrial" sweep -q --from once --csv s.csv -- ./script >out 2>err
grep -q 'it is a script: what is hit is its interpreter' out || fail "nobody says that it is a script: $(cat out err)"
grep -q 'not covered: .* processes that it starts' out || fail "nobody counts its children: $(head -n 3 out)"

# ---- what it refuses ----

expect 2 "$heaptrial sweep" 'name the program'
expect 2 "$heaptrial sweep -- no-such-program" "no program 'no-such-program'"
expect 2 "$heaptrial sweep --workdir nowhere -- true" 'nowhere is no folder'
expect 2 "$heaptrial sweep --stdin nowhere -- cat" 'nowhere'
expect 2 "$heaptrial sweep --from twice -- cat" 'once, persistent or both'
expect 2 "$heaptrial sweep --env LD_PRELOAD=x -- cat" 'LD_PRELOAD'
expect 2 "$heaptrial sweep --resume nowhere" 'nowhere'
printf '#!/bin/sh\nkill -SEGV $$\n' >dies
chmod +x dies
expect 2 "$heaptrial sweep -q -- ./dies" 'ended by Segmentation fault'
expect 2 "$heaptrial sweep -q --timeout 0.3 -- sleep 5" 'does not end within'
expect 2 "$heaptrial sweep -q --check false -- cat" 'the check fails with 1 although nothing has failed'
if gcc -static -o static "$tree/tests/programs/falls_back.c" 2>/dev/null; then
    expect 2 "$heaptrial sweep -q -- ./static" 'static'
fi
[ ! -u /usr/bin/passwd ] || [ "$(id -u)" = 0 ] || expect 2 "$heaptrial sweep -q -- passwd -S" 'rights'
if [ -w /dev/full ]; then
    "$heaptrial" sweep -q -- "$programs/careful" >/dev/full 2>err
    [ $? = 1 ] || fail 'a report that is lost is no failure'
    grep -q "can't write to stdout" err || fail "a full disk: $(cat err)"
fi

# ---- stopped, and gone on with ----

long='lua5.4 -v'
command -v lua5.4 >/dev/null || long='sed s/a/b/ /etc/passwd'
# shellcheck disable=SC2086
"$heaptrial" sweep -q -j 1 --exhaustive --from once -o stopped -- $long >out 2>err &
sweep=$!
for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
    [ "$(cat stopped/rows.csv 2>/dev/null | wc -l)" -gt 5 ] && break
    sleep 0.1
done
kill -INT $sweep 2>/dev/null
wait $sweep
status=$?
if [ $status = 1 ]; then
    grep -q 'Go on with:  heaptrial sweep --resume stopped' err || fail "stopped: $(cat err)"
    rows=$(wc -l <stopped/rows.csv)
    printf 'nth=1,mal' >>stopped/rows.csv # as a kill leaves it
    "$heaptrial" sweep -q --resume stopped >out 2>err
    case $? in 0 | 3) ;; *) fail "resume: $(cat err)" ;; esac
    "$heaptrial" sweep -q --exhaustive --from once --csv whole.csv -- $long >out 2>err
    sort whole.csv >whole.sorted
    sort stopped/rows.csv | uniq >stopped.sorted
    same whole.sorted stopped.sorted 'the rows of a sweep that was stopped'
    [ "$(wc -l <stopped/rows.csv)" -gt "$rows" ] || fail 'resume added nothing'
elif [ $status != 0 ]; then
    fail "the sweep that was to be stopped: $status, $(cat err)"
fi
expect 2 "$heaptrial sweep -q -o stopped -- true" 'stopped'
expect 2 "$heaptrial sweep -q --resume stopped --from once" 'leave --from out'
cd /
