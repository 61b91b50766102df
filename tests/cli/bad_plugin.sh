#!/bin/sh
# Plug-ins that can't be used: each is refused, or is a row `error`, with the reason in one line.
. tests/cli/lib.sh
cd "$tmp"
echo 'int x;' >my.c
expect 2 "$heaptrial run -a plugin:my.c -w fixed-churn $tiny -o run" 'my.c is no shared library'
expect 2 "$heaptrial run -a plugin:none.so -w fixed-churn $tiny -o run" "none.so can't be read: No such file"
expect 2 "$heaptrial run -a plugin: -w fixed-churn $tiny -o run" "can't be read"
expect 2 "$heaptrial run -a plugin:. -w fixed-churn $tiny -o run" "Is a directory"
[ -e run ] && fail "a refused plug-in left a folder"

plugins=null
for name in old_version new_version missing_function missing_free no_symbol failed_open; do
    plugins=$plugins,plugin:$build/plugins/$name.so
done
expect 0 "$heaptrial run -a $plugins -w fixed-churn -p throughput $tiny -o run"
columns run/rows.csv strategy outcome reason | sort -u >got
row() {
    [ "$(grep -c "^$1	" got)" = 1 ] && grep -qE "^$1	error	[^ ]*/$2" got || fail "$1: $(grep "^$1	" got)"
}
row plugin:old_version 'old_version.so is built for plug-in interface 0, this is [0-9]+: rebuild it'
row plugin:new_version 'new_version.so is built for plug-in interface [0-9]+, this is [0-9]+'
row plugin:missing_function 'missing_function.so has no alloc function, which is required$'
row plugin:missing_free 'missing_free.so has no free function, which is required with HT_PLUGIN_FREE$'
row plugin:no_symbol 'no_symbol.so is no plug-in: it exports no symbol heaptrial_allocator$'
row plugin:failed_open 'failed_open.so could not open its heap: Cannot allocate memory$'
grep -q '^null	ok	$' got || fail "null beside them: $(cat got)"

# Two of one name, and one that calls itself what no JSON can hold.
mkdir other
cp "$build/plugins/oom.so" other/oom.so
expect 2 "$heaptrial run -a plugin:$build/plugins/oom.so,plugin:other/oom.so -w fixed-churn $tiny -o run2" \
    "two strategies are called 'plugin:oom'"
command -v cc >/dev/null || exit 0
sed 's/\.version = "[^"]*"/.version = "\\377\\001\\n,\\""/' "$OLDPWD/allocators/plugins/skeleton.c" >odd.c
grep -q '\\377' odd.c || fail 'the skeleton has no version to replace'
cc -std=c11 -fPIC -shared -I "$build/include" odd.c -o odd.so
expect 0 "$heaptrial run -a plugin:odd.so,null -w fixed-churn -p throughput $tiny -o odd"
expect 0 "$heaptrial run --resume odd -q"
[ "$(columns odd/rows.csv outcome | sort | uniq -c | awk '{ print $1 $2 }')" = 4ok ] || fail "$(cat odd/rows.csv)"
