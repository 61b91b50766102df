# How often the gate calls what is slower: NAME.dat has the percent planted, the rate with its interval, and words.
load scripts . '/plot-style.gp'
set lmargin at screen 62.0 / W
set rmargin at screen 1 - 24.0 / W
set tmargin at screen 1 - 62.0 / H
set bmargin at screen 56.0 / H
unset key
set label 1 'How often the gate calls what is slower' at screen 0, screen 1 offset character 1, character -1.2 left font large
set label 2 'each point: a rate over gates, with its 95 % interval (Clopper and Pearson); 0: the same twice' \
    at screen 0, screen 1 offset character 1, character -2.6 left font small
set border 3 lc rgb '#808080'
set xrange [-1:22]
set yrange [-4:108]
set xtics (0, 2, 5, 10, 20) nomirror scale 0.5 font small
set ytics 0, 25, 100 nomirror scale 0.5 font small
set grid ytics lc rgb '#E8E8E8' lt 1 lw 0.6
set xlabel 'planted: percent more CPU time' font plain
set ylabel 'called, percent of gates' font plain
plot data using 1:2 with lines lc rgb '#9FC5E0' lw 2, \
     data using 1:2:3:4 with yerrorbars pt 7 ps 0.6 lc rgb '#0072B2' lw 1.5, \
     data using 1:($2 > 50 ? $3 : $4):5 with labels left offset character 0.8, 0 font small
