# What is noticed against what it costs: block 0 of NAME.dat is time, share noticed, where the name stands, name; block 1 the
# same by memory.
load scripts . '/plot-style.gp'
set multiplot layout 1,2 margins 0.07,0.97,0.11,0.92 spacing 0.07
set border 3 lc rgb '#808080'
set xtics nomirror font small
set ytics nomirror font small
set grid lc rgb '#E0E0E0'
set yrange [0:105]
set logscale x 2
set offsets graph 0.05, graph 0.2, 0, 0
unset key
set ylabel 'misuse that is noticed, %' font plain offset 1,0
set xlabel 'time relative to system' font plain
set label 1 'What a tool notices, and what it costs' at screen 0, screen 1 offset character 1, character -1.2 left font large
at(x) = x > 0 ? x : NaN
plot data index 0 using (at($1)):2:($1 * 0.14):($3 - $2) with vectors nohead lc rgb '#A0A0A0', \
     data index 0 using (at($1)):2 with points pt 7 ps 0.8 lc rgb '#0072B2', \
     data index 0 using (at($1) * 1.14):3:4 with labels left offset character 0.3, 0 font small
unset label 1
unset ylabel
set xlabel 'peak memory relative to system' font plain
plot data index 1 using (at($1)):2:($1 * 0.05):($3 - $2) with vectors nohead lc rgb '#A0A0A0', \
     data index 1 using (at($1)):2 with points pt 7 ps 0.8 lc rgb '#D55E00', \
     data index 1 using (at($1) * 1.05):3:4 with labels left offset character 0.3, 0 font small
unset multiplot
