# Time against memory over the suite. Blocks of NAME.dat: 0 points (x, y, low and high of each, style), 1 labels
# (x, y, its line's start x, y and end x, y, style, name), 2 the front.
load scripts . '/plot-style.gp'
set lmargin at screen 64.0 / W
set rmargin at screen 1 - 24.0 / W
set tmargin at screen 1 - 44.0 / H
set bmargin at screen 58.0 / H
unset key
set label 1 'Time against memory, both relative to ' . baseline . ' (strategies that run half of the cells; dashed: the front)' at screen 0, screen 1 offset character 1, character -1.2 left font large
set logscale xy
set xrange [low_x:high_x]
set yrange [low_y:high_y]
set border 3 lc rgb '#808080'
ticks = '("0.01" 0.01, "0.02" 0.02, "0.05" 0.05, "0.1" 0.1, "0.2" 0.2, "0.3" 0.3, "0.5" 0.5, "0.7" 0.7, "0.8" 0.8, "0.9" 0.9, "1" 1, "1.2" 1.2, "1.5" 1.5, "2" 2, "3" 3, "4" 4, "5" 5, "7" 7, "10" 10, "20" 20, "50" 50, "100" 100)'
eval 'set xtics ' . ticks . ' font small nomirror scale 0.5'
eval 'set ytics ' . ticks . ' font small nomirror scale 0.5'
set grid xtics ytics lc rgb '#E8E8E8' lt 1 lw 0.6
set xlabel 'time (left is faster)' font plain
set ylabel 'peak memory (lower is smaller)' font plain offset 1, 0
set errorbars 0
set arrow 1 from 1, graph 0 to 1, graph 1 nohead lc rgb '#B0B0B0' lw 0.8
set arrow 2 from graph 0, first 1 to graph 1, first 1 nohead lc rgb '#B0B0B0' lw 0.8
plot data index 2 using 1:2 with steps lc rgb '#808080' lw 1.4 dt 2, \
     data index 1 using 3:4:($5 - $3):($6 - $4):7 with vectors nohead lc variable lw 0.5 dt 1, \
     data index 0 using 1:2:3:4:5:6:7 with xyerrorbars pt 7 ps 0.8 lw 1.2 dt 1 lc variable, \
     data index 1 using 1:2:8:7 with labels center font small tc variable
