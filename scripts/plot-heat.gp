# Heat map: blocks of NAME.dat are 0 ratios (x, y, log2), 1 inconclusive, 2 without a ratio, 3 texts, 4 names of
# lines, 5 names of columns.
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
set label 1 what at screen 0, screen 1 offset character 1, character -1.2 left font large
set cbrange [-2:2]
set palette defined (-2 '#0072B2', -1 '#7FBBDD', 0 '#F7F7F7', 1 '#F2AE7B', 2 '#D55E00')
set colorbox horizontal user origin left / (1.0 * W), 44.0 / H size 220.0 / W, 10.0 / H
set cbtics ("1/4 or less" -2, "1/2" -1, "1" 0, "2" 1, "4 or more" 2) font small scale 0 offset 0, 0.6
set label 2 hatched . '; grey: unsupported (n/a), failed or not run' at screen 14.0 / W, screen 10.0 / H left font small
set style fill solid noborder
plot data index 2 using 1:2:(0.48):(0.47) with boxxyerror lc rgb '#E4E4E4' fill solid noborder, \
     data index 0 using 1:2:(0.48):(0.47):3 with boxxyerror palette fill solid noborder, \
     data index 1 using 1:2:(0.48):(0.47) with boxxyerror lc rgb '#B0B0B0' fill transparent pattern 4 noborder, \
     data index 3 using 1:2:4:3 with labels center font small tc rgb variable, \
     data index 4 using (0):1:2 with labels right offset character -0.6, 0 font small, \
     data index 5 using 1:(-0.25):2 with labels left rotate by 45 font small
