# Memory over a workload, one panel a strategy: block K of NAME.dat is progress (percent of operations), live,
# mapped, resident (MiB).
load scripts . '/plot-style.gp'
set multiplot
unset key
set label 1 'Memory over ' . job at screen 0, screen 1 offset character 1, character -1.2 left font large
set label 2 'live' at screen 44.0 / W, screen 1 - 48.0 / H left font plain tc rgb '#808080'
set label 3 'resident' at screen 104.0 / W, screen 1 - 48.0 / H left font plain tc rgb '#0072B2'
set label 4 'mapped' at screen 194.0 / W, screen 1 - 48.0 / H left font plain tc rgb '#D55E00'
set label 5 'MiB over the share of operations done; one scale for all' at screen 270.0 / W, screen 1 - 48.0 / H left font small tc rgb '#606060'
set object 1 rectangle from screen 24.0 / W, screen 1 - 53.0 / H to screen 40.0 / W, screen 1 - 43.0 / H fc rgb '#D0D0D0' fillstyle solid noborder
set arrow 1 from screen 82.0 / W, screen 1 - 48.0 / H to screen 100.0 / W, screen 1 - 48.0 / H nohead lc rgb '#0072B2' lw 2
set arrow 2 from screen 172.0 / W, screen 1 - 48.0 / H to screen 190.0 / W, screen 1 - 48.0 / H nohead lc rgb '#D55E00' lw 1.5 dt 2
set xrange [0:100]
set yrange [0:most]
set border 3 lc rgb '#808080'
set grid ytics lc rgb '#E0E0E0' lt 1 lw 0.6
wide = (W - 40) / 4.0
rows = (panels + 3) / 4
do for [k = 0:panels - 1] {
    column = k % 4; row = k / 4
    set lmargin at screen (40 + column * wide) / W
    set rmargin at screen (40 + (column + 1) * wide - 16) / W
    set tmargin at screen 1 - (64.0 + 132 * row + 20) / H
    set bmargin at screen 1 - (64.0 + 132 * row + 120) / H
    set title value(sprintf('name%d', k)) offset 0, -0.8 font plain
    set ytics font small nomirror scale 0.4
    set format y (column == 0 ? '%g' : '')
    set format x (k + 4 >= panels ? '%.0f %%' : '')
    set xtics (25, 50, 75) font small nomirror scale 0.4 offset 0, 0.4
    beyond = value(sprintf('mapped%d', k))
    if (beyond > most) { set label 9 sprintf('mapped up to %.0f', beyond) at graph 0.98, graph 0.92 right font small tc rgb '#D55E00' }
    plot data index k using 1:2 with filledcurves y1=0 lc rgb '#D0D0D0', \
         data index k using 1:3 with lines lc rgb '#D55E00' lw 1.5 dt 2, \
         data index k using 1:4 with lines lc rgb '#0072B2' lw 2
    unset label; unset arrow; unset object
}
unset multiplot
