# What is noticed against what it costs: block 0 of NAME.dat is time, share noticed, name; block 1 the same by memory.
load scripts . '/plot-style.gp'
set multiplot layout 1,2 margins 0.07,0.97,0.13,0.88 spacing 0.07
set border 3 lc rgb '#808080'
set xtics nomirror font small
set ytics nomirror font small
set grid lc rgb '#E0E0E0'
set yrange [0:105]
set logscale x 2
unset key
set ylabel 'misuse that is noticed, %' font plain offset 1,0
set xlabel 'time relative to system' font plain
set label 1 'What a tool notices, and what it costs' at screen 0, screen 1 offset character 1, character -1.2 left font large
plot data index 0 using ($1 > 0 ? $1 : NaN):2 with points pt 7 ps 0.8 lc rgb '#0072B2', \
     data index 0 using ($1 > 0 ? $1 : NaN):2:3 with labels left offset character 0.6, 0.4 font small
unset label 1
unset ylabel
set xlabel 'peak memory relative to system' font plain
plot data index 1 using ($1 > 0 ? $1 : NaN):2 with points pt 7 ps 0.8 lc rgb '#D55E00', \
     data index 1 using ($1 > 0 ? $1 : NaN):2:3 with labels left offset character 0.6, 0.4 font small
unset multiplot
