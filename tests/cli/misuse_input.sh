#!/bin/sh
# heaptrial misuse: unknown names suggest the nearest, what is missing says so, a full disk loses nothing, and a run that
# was stopped goes on.
. tests/cli/lib.sh
cd "$tmp"
refused() {
    expect 2 "$heaptrial misuse $1" "$2"
    [ -z "$(ls -A . | grep -v -e '^out$' -e '^err$')" ] || fail "$1 left $(ls -A)"
}
refused '-a valgrin' "no strategy is called 'valgrin': did you mean valgrind\?"
refused '-a efense' "did you mean efence\?"
refused '-a immix' "'immix' is a collector"
refused '-c double-fre' "no case of misuse is called 'double-fre': did you mean double-free\?"
refused "-c 'zzz*'" "no case of misuse is called 'zzz\*'"
refused "-c ''" 'nothing is left to run'
refused "-a ''" 'nothing is left to run'
refused '--size 16' "the sizes 8, 24, 4096 and 256k, not '16'"
refused '-c free-interior --size 8' 'nothing is left to run'
refused '--repeat 0' '--repeat takes a whole number from 1'
refused '--repeat x' '--repeat takes a whole number from 1'
refused '--timeout 0' '--timeout takes a number from'
refused '--seed -1' '--seed takes a whole number'
refused 'system' "'system' is not an option"
refused '--preload x' '--preload takes NAME=FILE'
refused '--preload x=/etc/passwd' 'is no shared library'
refused '--resume nowhere' 'there is no run in nowhere'
refused '--resume nowhere -c nothing' 'leave --cases out'
expect 0 "$heaptrial misuse --help"
grep -q 'heaptrial misuse --resume' out || fail '--help has no examples'
expect 0 "$heaptrial list misuse"
[ "$(grep -c '^  ' out)" -ge 50 ] || fail "only $(grep -c '^  ' out) cases are listed"

mkdir full
echo x >full/file
expect 2 "$heaptrial misuse -a system -c nothing -o full -q" 'full is not empty'
rm -r full
expect 1 "$heaptrial misuse -a system -c nothing --size 8 -q -o run --csv /nowhere/rows.csv" "can't write /nowhere/rows.csv"
[ "$(wc -l <run/misuse.csv)" = 2 ] || fail "--csv lost the rows: $(cat run/misuse.csv)"
expect 2 "$heaptrial misuse -a system -c nothing -o run -q" 'go on with it'
rm -r run

# What is not installed is a row that says so, and what to type.
mkdir bin
for tool in sh env; do ln -s "$(command -v $tool)" bin/$tool; done
PATH=$tmp/bin "$heaptrial" misuse -a valgrind -c nothing --size 8 -q -o run >out 2>err || fail "without valgrind: $(cat err)"
grep -q 'valgrind,nothing,8,unsupported,,,valgrind is not installed: apt-get install valgrind' run/misuse.csv ||
    fail "without valgrind: $(cat run/misuse.csv)"
grep -q 'gnuplot is not installed' err || fail "without gnuplot: $(cat err)"
rm -r run bin

# Stopped by Ctrl-C, cut in the middle of a line, and then whole.
plan='-a system,pool,slab -c nothing,control-use,double-free,leak-block --repeat 6 -q'
$heaptrial misuse $plan -o whole >out || fail "$plan: exit $?"
for signal in INT TERM; do
    env --default-signal=INT "$heaptrial" misuse $plan -o run >out 2>err &
    runner=$!
    while kill -0 $runner 2>/dev/null && [ "$(wc -l 2>/dev/null <run/misuse.csv || echo 0)" -lt 4 ]; do sleep 0.02; done
    kill -$signal $runner
    wait $runner
    [ $? = 1 ] || fail "SIG$signal: not exit 1: $(cat err)"
    grep -q 'Go on with:  heaptrial misuse --resume run' err || fail "SIG$signal: $(cat err)"
    printf 'system,leak-blo' >>run/misuse.csv
    expect 0 "$heaptrial misuse --resume run -q"
    columns run/misuse.csv strategy case size verdict >got
    columns whole/misuse.csv strategy case size verdict >wanted
    same wanted got "after SIG$signal"
    rm -r run
done
printf 'mine,nothing,8,missed,0,,\n' >>whole/misuse.csv
expect 2 "$heaptrial misuse --resume whole -q" 'is not of this run'
echo '{}' >whole/manifest.json
expect 2 "$heaptrial misuse --resume whole -q" 'is no manifest of heaptrial misuse'
rm -r whole

# A full disk.
[ "$(id -u)" = 0 ] || exit 0
mkdir disk
trap 'umount "$tmp/disk" 2>/dev/null; finish' EXIT
mount -t tmpfs -o size=32k heaptrial disk 2>/dev/null || exit 0
plan='-a system,pool -c nothing,overflow-* --repeat 1 -q'
for ballast in 24576 28672; do
    head -c $ballast /dev/zero >disk/ballast
    expect 1 "$heaptrial misuse $plan -o disk/run" 'is full|No space left'
    tail -c 1 disk/run/misuse.csv 2>/dev/null | od -c | grep -q '\\n' || [ ! -s disk/run/misuse.csv ] || fail "$ballast: the last row is torn"
    rm disk/ballast
    mount -o remount,size=8m disk
    if [ -e disk/run/manifest.json ]; then
        expect 0 "$heaptrial misuse --resume disk/run -q"
        [ "$(wc -l <disk/run/misuse.csv)" = 73 ] || fail "$ballast: $(wc -l <disk/run/misuse.csv) rows"
    fi
    rm -rf disk/run
    mount -o remount,size=32k disk
done
exit 0
