# Outcome matrix: blocks of NAME.dat are 0 places (x, y, colour, ink, letter), 1 names of lines, 2 names of columns.
load scripts . '/plot-style.gp'
set lmargin at screen left / (1.0 * W)
set rmargin at screen (left + columns * column) / (1.0 * W)
set tmargin at screen 1 - 34.0 / H
set bmargin at screen 1 - (top + lines * 20) / (1.0 * H)
set xrange [0:columns]
set yrange [lines:-(top - 34) / 20.0]
unset border
unset tics
unset key
set label 1 'Under failure: the worst outcome of each strategy over all workloads' at screen 0, screen 1 offset character 1, character -1.2 left font large
set label 2 '.  came through     -  nothing could fail     O  stays out of memory     L  leak     H  hang     X  crash     C  corrupt' at screen 14.0 / W, screen 26.0 / H left font small
set label 3 'percent: points of failure after which all was as it should be' at screen 14.0 / W, screen 10.0 / H left font small
set style fill solid noborder
plot data index 0 using 1:2:(0.48):(0.47):3 with boxxyerror lc rgb variable fill solid noborder, \
     data index 0 using 1:2:5:4 with labels center font small tc rgb variable, \
     data index 1 using (0):1:2 with labels right offset character -0.6, 0 font small, \
     data index 2 using 1:(-0.25):2 with labels left rotate by 45 font small
