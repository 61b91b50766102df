#!/bin/sh
# Plug-ins that can't be used: each is refused before the run, with the reason in one line.
. tests/cli/lib.sh
cd "$tmp"
echo 'int x;' >my.c
expect 2 "$heaptrial run -a plugin:my.c -w fixed-churn $tiny -o run" 'my.c is no shared library'
expect 2 "$heaptrial run -a plugin:none.so -w fixed-churn $tiny -o run" "none.so can't be read: No such file"
expect 2 "$heaptrial run -a plugin: -w fixed-churn $tiny -o run" "can't be read"
expect 2 "$heaptrial run -a plugin:. -w fixed-churn $tiny -o run" "Is a directory"
[ -e run ] && fail "a refused plug-in left a folder"

refused() { # PLUG-IN REGEX
    expect 2 "$heaptrial run -a null,plugin:$build/plugins/$1.so -w fixed-churn $tiny -o run" "/$1.so $2"
    [ ! -e run ] || fail "a refused $1 left a folder"
}
refused old_version 'is built for plug-in interface 0, this is [0-9]+: rebuild it'
refused new_version 'is built for plug-in interface [0-9]+, this is [0-9]+'
refused missing_function 'has no alloc function, which is required$'
refused missing_free 'has no free function, which is required with HT_PLUGIN_FREE$'
refused no_symbol 'is no plug-in: it exports no symbol heaptrial_allocator$'
refused failed_open 'could not open its heap: Cannot allocate memory$'
cp "$build/plugins/oom.so" cut.so
truncate -s 5000 cut.so
expect 2 "$heaptrial run -a plugin:cut.so -w fixed-churn $tiny -o run" 'cut.so'

# Two of one name, and one that calls itself what no JSON can hold.
mkdir other
cp "$build/plugins/oom.so" other/oom.so
expect 2 "$heaptrial run -a plugin:$build/plugins/oom.so,plugin:other/oom.so -w fixed-churn $tiny -o run2" \
    "two strategies are called 'plugin:oom'"
command -v cc >/dev/null || exit 0
echo 'extern int nowhere(void); int use(void) { return nowhere(); }' >lost.c
cc -fPIC -shared lost.c -o lost.so
expect 2 "$heaptrial run -a plugin:lost.so -w fixed-churn $tiny -o run" "lost.so can't be loaded: undefined symbol: nowhere$"
sed 's/\.version = "[^"]*"/.version = "\\377\\001\\n,\\""/' "$OLDPWD/allocators/plugins/skeleton.c" >odd.c
grep -q '\\377' odd.c || fail 'the skeleton has no version to replace'
cc -std=c11 -fPIC -shared -I "$build/include" odd.c -o odd.so
expect 0 "$heaptrial run -a plugin:odd.so,null -w fixed-churn -p throughput $tiny -o odd"
expect 0 "$heaptrial run --resume odd -q"
[ "$(columns odd/rows.csv outcome | sort | uniq -c | awk '{ print $1 $2 }')" = 4ok ] || fail "$(cat odd/rows.csv)"
