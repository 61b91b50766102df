# Panels of curves with their names at the right. In NAME-K.dat, blocks 0 to lines - 1 are x and y; the next is names:
# y, end of the curve (x, y), style, name.
load scripts . '/plot-style.gp'
set multiplot
unset key
set label 1 what at screen 0, screen 1 offset character 1, character -1.2 left font large
if (log_x) { set logscale x }
if (log_y) { set logscale y }
set border 3 lc rgb '#808080'
set grid xtics ytics lc rgb '#E0E0E0' lt 1 lw 0.6
eval 'set xtics (' . ticks_x . ') font small nomirror scale 0.5 offset 0, 0.3'
eval 'set ytics (' . ticks_y . ') font small nomirror scale 0.5'
across = panels > 1 ? 2 : 1
along(x) = log_x ? log10(x) : x
back(x) = log_x ? 10 ** x : x
do for [k = 1:panels] {
    column = (k - 1) % 2; row = (k - 1) / 2
    wide = 1.0 * W / across
    lines = value(sprintf('lines%d', k)); styles = value(sprintf('styles%d', k))
    first = along(value(sprintf('first%d', k))); last = along(value(sprintf('last%d', k)))
    file = sprintf('%s-%d.dat', name, k)
    set lmargin at screen (column * wide + 66) / W
    set rmargin at screen ((column + 1) * wide - 6) / W
    set tmargin at screen 1 - (56.0 + 310 * row + 18) / H
    set bmargin at screen 1 - (56.0 + 310 * row + 262) / H
    stretch = (wide - 72) / (wide - 72 - 122)
    set xrange [back(first):back(first + (last - first) * stretch)]
    set yrange [value(sprintf('low%d', k)):value(sprintf('high%d', k))]
    set title value(sprintf('title%d', k)) offset 0, -0.6 font plain
    set xlabel what_x offset 0, 0.6 font small
    set ylabel (column == 0 ? what_y : '') offset 1, 0 font small
    at = back(first + (last - first) * (stretch - (stretch - 1) * 0.9))
    plot file index lines using 2:3:(at - $2):($1 - $3):4 with vectors nohead lc variable lw 0.5 dt 1, \
         for [i = 0:lines - 1] file index i using 1:2 with lines linetype int(word(styles, i + 1)), \
         file index lines using (at):1:5:4 with labels left offset character 0.2, 0 font small tc variable
    unset label 1
}
unset multiplot
