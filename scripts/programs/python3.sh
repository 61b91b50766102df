#!/bin/sh
# python3: CPython with PYTHONMALLOC=malloc: dicts, strings, lists of objects, JSON; each goes to malloc.
set -eu

prepare() {
    need python3 python3
    words 40000 2 >"$dir/words"
    cat >"$dir/work.py" <<'PY'
import collections
import json
import sys

with open(sys.argv[1]) as f:
    words = f.read().split()


class Node:
    def __init__(self, key):
        self.key, self.left, self.right = key, None, None


def insert(root, key):
    while True:
        side = "left" if key < root.key else "right"
        if getattr(root, side) is None:
            setattr(root, side, Node(key))
            return
        root = getattr(root, side)


root = Node(words[0])
for word in words[:12000]:
    insert(root, word + str(len(word)))

print(collections.Counter(words).most_common(10))
rows = [{"id": i, "word": w, "pairs": list(zip(w, w[1:]))} for i, w in enumerate(words)]
text = json.dumps(rows)
print(len(text), sum(len(r["pairs"]) for r in json.loads(text)))
table = collections.defaultdict(list)
for i, w in enumerate(words):
    table[w[:3]].append((w, i, [w] * (i % 5)))
print(max((len(v), k) for k, v in table.items()))
PY
}

# The interpreter itself, not a shim of a version manager in front of it.
command_line() {
    python3=$(python3 -c 'import sys; print(sys.executable)')
    echo "env PYTHONMALLOC=malloc PYTHONHASHSEED=0 $python3 -I -S $dir/work.py $dir/words"
}

. "$(dirname -- "$0")/common"
