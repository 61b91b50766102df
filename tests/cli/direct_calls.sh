#!/bin/sh
# The throughput cell of malloc calls malloc by name: nothing that `run` of a workload may call goes through a
# pointer.
. tests/cli/lib.sh
command -v objdump >/dev/null || skip 'needs objdump (binutils)'
[ "$(uname -m)" = x86_64 ] || skip "reads x86-64 code, and this is $(uname -m)"

# The functions of one object that are reachable from `run`, by direct call or jump, and their indirect calls.
# A jump through a table that the compiler made of a switch (notrack, or after a bound check) is none.
indirect() {
    objdump -dr --no-show-raw-insn "$1" | awk '
        function note(target) { sub(/[-+]0x.*/, "", target); calls[name] = calls[name] " " target }
        /^[0-9a-f]+ <.*>:$/ { name = $2; gsub(/[<>:]/, "", name); calls[name] = ""; next }
        # What is called stands in the operand, or in the relocation that follows.
        /\t(call|jmp|j[a-z]+) +[0-9a-f]+ </ { target = $0; sub(/.*</, "", target); sub(/>.*/, "", target); note(target) }
        /R_X86_64_(PLT32|PC32)/ { note($NF) }
        /\t(call|jmp) +\*/ { bad[name] = bad[name] "\n" name ":" $0 }
        END {
            n = 1; todo[1] = "run"; seen["run"] = 1
            for (i = 1; i <= n; i++) {
                if (bad[todo[i]] != "") print bad[todo[i]]
                m = split(calls[todo[i]], callee, " ")
                for (k = 1; k <= m; k++)
                    if (!(callee[k] in seen) && callee[k] in calls) { seen[callee[k]] = 1; todo[++n] = callee[k] }
            }
            if (!("run" in calls)) print "no function run"
        }'
}

objects=0
for object in "$build"/cells/obj/malloc/*.o; do
    case $object in *.probed.o | */heap_state.o) continue ;; esac
    found=$(indirect "$object")
    # Calls of the C library through its GOT entry are calls by name.
    found=$(echo "$found" | grep -v '(%rip)' | grep .)
    [ -z "$found" ] || fail "${object##*/}: $found"
    objects=$((objects + 1))
done
[ $objects -ge 12 ] || fail "only $objects workloads were looked at"

# The same reading finds the pointers of the plug-in's table.
[ -n "$(indirect "$build/cells/obj/plugin-allocator/fixed_churn.o")" ] || fail 'it sees no call through a plug-in'
