#!/bin/sh
# gcc: a C file of a few hundred functions, compiled with optimisation.
set -eu

prepare() {
    need gcc gcc
    awk 'BEGIN {
        print "struct point { long x, y; struct point *next; };"
        for (f = 0; f < 40; f++) {
            printf "static long helper%d(const struct point *p, long n)\n{\n    long sum = %d;\n", f, f
            printf "    for (long i = 0; i < n && p; i++, p = p->next)\n"
            printf "        sum += i %% %d ? p->x * %d - p->y : p->x ^ (sum << %d);\n", f % 7 + 2, f, f % 5 + 1
            printf "    return sum;\n}\n"
            printf "long function%d(struct point *p, long n)\n{\n    switch (n & 7) {\n", f
            for (c = 0; c < 7; c++)
                printf "    case %d:\n        return helper%d(p, n + %d) * %d;\n", c, f, c, f + c
            printf "    default:\n        return %s;\n    }\n}\n", f ? "function" (f - 1) "(p, n / 2)" : "0"
        }
    }' >"$dir/work.c"
}

# The assembler's input instead of its output: stdout can be compared, and the heap is the compiler's.
command_line() {
    echo "gcc -O2 -S -o - $dir/work.c"
}

. "$(dirname -- "$0")/common"
