#!/bin/sh
# Unknown names suggest the nearest; lists that are empty say so; nothing is left behind.
. tests/cli/lib.sh
cd "$tmp"
refused() {
    expect 2 "$heaptrial $1" "$2"
    [ -z "$(ls -A . | grep -v -e '^out$' -e '^err$')" ] || fail "$1 left $(ls -A)"
}
refused 'rum' "no command 'rum': did you mean run\?"
refused 'list workload' "'workload' can't be listed; there are"
refused 'show larsen' "'larsen': did you mean larson\?"
refused 'show' 'name a strategy'
refused 'run -a mimaloc' "no strategy is called 'mimaloc': did you mean mimalloc\?"
refused 'run -a zzzzzzzzzz' "no strategy is called 'zzzzzzzzzz'; heaptrial list"
refused 'run -w larsen' "no workload is called 'larsen': did you mean larson\?"
refused 'run -w larson:slot=1' "larson has no parameter 'slot': did you mean slots\?"
refused 'run -w larson:slots=x' "slots of larson is a whole number from .*, not 'x'"
refused 'run -w larson:slots' "slots of larson is a whole number"
refused 'run -w larson:slots=99999999999999999999' "slots of larson is a whole number from"
refused 'run -w larson:slots=17179869184G' "slots of larson is a whole number from"
refused 'run -p thruput' "no pass is called 'thruput': did you mean throughput\?"
refused 'run -p latency:x' 'the rounds of a pass are a whole number'
refused 'run -p latency:0' 'the rounds of a pass are a whole number'
refused 'run -p latency,latency' 'named twice'
refused 'run --preset quik' "no preset is called 'quik': did you mean quick\?"
refused 'run --roundz 2' "unrecognized option '--roundz'"
refused 'run extra' "'extra' is not an option"
refused "run -a ''" 'nothing to run'
refused 'run -w ,' 'nothing to run'
refused 'run -p ,' 'needs a pass'
refused "run --threads ''" 'number of threads'
refused 'run --preload x' '--preload takes NAME=FILE'
refused 'run --preload =x' '--preload takes NAME=FILE'
refused 'run --env x' '--env takes NAME=VALUE'
refused 'run --env =x' '--env takes NAME=VALUE'
refused 'run --env LD_PRELOAD=x.so' 'name the library with --preload'
refused 'run -a system --preload system=/lib/x86_64-linux-gnu/libc.so.6' "two strategies are called 'system'"

# Words that are longer than any buffer.
long=$(printf '%070000d' 0)
for option in -a -w -p --threads --shard --preset --env --preload --rounds; do
    expect 2 "$heaptrial run $option $long"
done
expect 2 "$heaptrial show $long"
expect 2 "$heaptrial $long"
expect 2 "$heaptrial run -a null -w larson --env X=$long" '--env: at most'
expect 2 "$heaptrial run -a null -w larson $tiny -o $long" 'File name too long'
expect 2 "$heaptrial run -a null -w larson:$(printf 'slots=1:%.0s' $(seq 200))" 'too long'

# Each strategy and workload is listed once.
twice=$($heaptrial list | awk '/^[a-z]/ { section = $0 } /^  / { print section, $1 }' | sort | uniq -d)
[ -z "$twice" ] || fail "listed twice: $twice"
