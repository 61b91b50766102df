# The most garbage at once against the longest pause. Blocks of NAME.dat: 0 points (ns, share of live, style), 1 labels
# (y of the label, x and y of its point, style, name).
load scripts . '/plot-style.gp'
set lmargin at screen 74.0 / W
set rmargin at screen 1 - 6.0 / W
set tmargin at screen 1 - 54.0 / H
set bmargin at screen 58.0 / H
unset key
set label 1 'Garbage against pauses: lower left is better' at screen 0, screen 1 offset character 1, character -1.2 left font large
set label 2 note at screen 0, screen 1 offset character 1, character -2.5 left font small
# Six hues come again after six strategies, with another shape.
shape(style) = style < 8 ? 7 : style < 14 ? 5 : style < 20 ? 9 : 13
set logscale xy
span = log10(high_x) - log10(low_x)
far = 10 ** (log10(low_x) + span * (W - 80.0) / (W - 208.0))
at = 10 ** (log10(high_x) + span * 8.0 / (W - 208.0))
set xrange [low_x:far]
set yrange [low_y:high_y]
set border 3 lc rgb '#808080'
set xtics ('none' 1e2, '1 µs' 1e3, '10 µs' 1e4, '100 µs' 1e5, '1 ms' 1e6, '10 ms' 1e7, '100 ms' 1e8, '1 s' 1e9, '10 s' 1e10) font small nomirror scale 0.5
set ytics ('none' 1e-4, '0.1 %%' 1e-3, '1 %%' 1e-2, '10 %%' 1e-1, '100 %%' 1, '1000 %%' 10, '10000 %%' 100) font small nomirror scale 0.5
set grid xtics ytics lc rgb '#E8E8E8' lt 1 lw 0.6
set xlabel 'longest pause' font plain
set ylabel what . ', share of live' font plain offset 0.5, 0
plot data index 1 using 2:3:(at - $2):($1 - $3):4 with vectors nohead lc variable lw 0.5 dt 3, \
     data index 0 using 1:2:(shape($3)):3 with points pt variable ps 0.9 lc variable, \
     data index 1 using (at):1:5:4 with labels left font small tc variable
