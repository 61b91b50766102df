# The trend of a cell: blocks of NAME.dat are 0 points (commit, median, quartiles), 1 levels between two changes, 2 changes
# (commit, number, text).
load scripts . '/plot-style.gp'
set lmargin at screen 84.0 / W
set rmargin at screen 1 - 24.0 / W
set tmargin at screen 1 - 62.0 / H
set bmargin at screen 74.0 / H
unset key
set label 1 what at screen 0, screen 1 offset character 1, character -1.2 left font large
set label 2 'each point: the median of all rows of a commit, with quartiles; lines: the median between two changes' \
    at screen 0, screen 1 offset character 1, character -2.6 left font small
set xrange [-0.8:commits - 0.2]
set border 3 lc rgb '#808080'
eval 'set xtics (' . ticks . ') rotate by 30 right font small nomirror scale 0.5'
set ytics font small nomirror scale 0.5
set grid ytics lc rgb '#E8E8E8' lt 1 lw 0.6
set ylabel unit font plain
space = most > least ? most - least : 0.02 * most
low = least - 0.15 * space
top = most + 0.24 * space
set yrange [low:most + 0.3 * space]
plot data index 0 using 1:3:(0):($4 - $3) with vectors nohead lc rgb '#9FC5E0' lw 2, \
     data index 0 using 1:2 with points pt 7 ps 0.5 lc rgb '#0072B2', \
     data index 1 using 1:2 with lines lc rgb '#D55E00' lw 2, \
     data index 2 using 1:(low):(0):(top - low) with vectors nohead lc rgb '#808080' dt 2 lw 1, \
     data index 2 using ($1 < 0.8 * commits ? $1 : NaN):(top - 0.09 * space * (int($2) % 2)):3 with labels left \
         offset character 0.4, 0 font small, \
     data index 2 using ($1 < 0.8 * commits ? NaN : $1):(top - 0.09 * space * (int($2) % 2)):3 with labels right \
         offset character -0.4, 0 font small
