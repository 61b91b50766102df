#!/bin/sh
# gnuplot: a surface and a scatter of points as SVG.
set -eu

prepare() {
    need gnuplot gnuplot-nox
    awk 'BEGIN { x = 8; for (i = 0; i < 40000; i++) { x = x * 16807 % 2147483647; print i % 200, x % 9973, i } }' \
        >"$dir/points"
    cat >"$dir/work.gp" <<GNUPLOT
set terminal svg
set isosamples 150
set hidden3d
splot sin(sqrt(x*x+y*y))/sqrt(x*x+y*y+0.1) with lines
set dgrid3d 40,40
splot "$dir/points" using 1:2:3 every 5 with lines
unset dgrid3d
plot "$dir/points" using 1:2 with dots, "" using 1:3 smooth unique with lines
GNUPLOT
}

command_line() {
    echo "gnuplot -d $dir/work.gp"
}

. "$(dirname -- "$0")/common"
