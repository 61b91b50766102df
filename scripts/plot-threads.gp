# Efficiency by threads: blocks 0 to lines - 1 of NAME.dat are threads and efficiency; the next is names: y of the
# label, y of the line's end, style, name.
load scripts . '/plot-style.gp'
set lmargin at screen 64.0 / W
set rmargin at screen 1 - 20.0 / W
set tmargin at screen 1 - 44.0 / H
set bmargin at screen 52.0 / H
unset key
set label 1 'Efficiency by threads: throughput of t threads over t times that of one' at screen 0, screen 1 offset character 1, character -1.2 left font large
set logscale x 2
stretch = (W - 84.0) / (W - 84.0 - 150)
far = most ** stretch
at = most ** (stretch - (stretch - 1) * 0.85)
set xrange [1:far]
set yrange [0:top]
set border 3 lc rgb '#808080'
eval 'set xtics (' . ticks . ') font plain nomirror scale 0.5'
set ytics 0.2 font small nomirror scale 0.5
set grid ytics lc rgb '#E8E8E8' lt 1 lw 0.6
set xlabel 'threads' font plain
set arrow 1 from 1, 1 to most, 1 nohead lc rgb '#B0B0B0' lw 0.8
plot data index lines using (most):2:(at - most):($1 - $2):3 with vectors nohead lc variable lw 0.5 dt 1, \
     for [i = 0:lines - 1] data index i using 1:2 with linespoints linetype int(word(styles, i + 1)) pt 7 ps 0.4, \
     data index lines using (at):1:4:3 with labels left offset character 0.2, 0 font small tc variable
