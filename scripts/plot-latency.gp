# Latency by log percentile, one panel a workload. In latency-K.dat, blocks 0 to lines - 1 are x = -log10(share of
# operations that took longer) and ns; the next is names: y, end of the line (x, ns), style, name.
load scripts . '/plot-style.gp'
set multiplot
unset key
set label 1 'Latency of one operation, from the median to the longest' at screen 0, screen 1 offset character 1, character -1.2 left font large
set label 2 note at screen 0, screen 1 offset character 1, character -2.5 left font small
set logscale y
set format y '%.0s%c'
set ytics font small nomirror scale 0.5
nines(i) = i == 1 ? 'p90' : i == 2 ? 'p99' : i > 4 && i % 2 ? '' : 'p99.' . '999999999'[1:i - 2]
set border 2 lc rgb '#808080'
set grid xtics ytics lc rgb '#E0E0E0' lt 1 lw 0.6
across = panels > 1 ? 2 : 1
do for [k = 1:panels] {
    column = (k - 1) % 2; row = (k - 1) / 2
    wide = 1.0 * W / across
    lines = value(sprintf('lines%d', k)); styles = value(sprintf('styles%d', k)); last = value(sprintf('last%d', k))
    file = sprintf('%s-%d.dat', name, k)
    set lmargin at screen (column * wide + 52) / W
    set rmargin at screen ((column + 1) * wide - 6) / W
    set tmargin at screen 1 - (56.0 + 310 * row + 18) / H
    set bmargin at screen 1 - (56.0 + 310 * row + 278) / H
    stretch = (wide - 58) / (wide - 58 - 112)
    set xrange [0.30103:0.30103 + (last - 0.30103) * stretch]
    set xtics ('p50' 0.30103) font small scale 0 offset 0, 0.4
    do for [i = 1:int(last)] { set xtics add (nines(i) i) }
    set yrange [value(sprintf('low%d', k)):value(sprintf('high%d', k))]
    set title value(sprintf('title%d', k)) offset 0, -0.6 font plain
    set ylabel (column == 0 ? 'ns' : '') offset 1.5, 0 font small
    at = 0.30103 + (last - 0.30103) * (stretch - (stretch - 1) * 0.88)
    plot file index lines using 2:3:(at - $2):($1 - $3):4 with vectors nohead lc variable lw 0.5 dt 1, \
         for [i = 0:lines - 1] file index i using 1:2 with lines linetype int(word(styles, i + 1)), \
         file index lines using (at):1:5:4 with labels left offset character 0.2, 0 font small tc variable
    unset label 1; unset label 2
}
unset multiplot
