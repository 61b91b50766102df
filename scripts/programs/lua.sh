#!/bin/sh
# lua: Lua 5.4: strings, tables of tables, closures, and its own collector above malloc.
set -eu

prepare() {
    need lua5.4 lua5.4
    words 120000 1 >"$dir/words"
    cat >"$dir/work.lua" <<'LUA'
local count, order, lines = {}, {}, {}
for word in io.lines(arg[1]) do
    if not count[word] then
        count[word] = 0
        order[#order + 1] = word
    end
    count[word] = count[word] + 1
    lines[#lines + 1] = word:upper() .. ":" .. #lines
end
table.sort(order, function(a, b)
    return count[a] > count[b] or (count[a] == count[b] and a < b)
end)
for i = 1, 10 do
    print(order[i], count[order[i]])
end
print(#lines, #table.concat(lines, ","))

local function tree(depth)
    return depth == 0 and {} or { tree(depth - 1), tree(depth - 1) }
end
local function nodes(t)
    return t[1] and 1 + nodes(t[1]) + nodes(t[2]) or 1
end
local kept = tree(15)
local sum = 0
for i = 1, 120 do
    sum = sum + nodes(tree(12))
end
print(sum, nodes(kept))

local chain = function(x) return x end
for i = 1, 150 do
    local before = chain
    chain = function(x) return before(x) + i end
end
print(chain(0))
LUA
}

command_line() {
    echo "lua5.4 $dir/work.lua $dir/words"
}

. "$(dirname -- "$0")/common"
