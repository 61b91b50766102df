# Matrix of misuse: blocks of NAME.dat are 0 to 6 the strips of each verdict (x, y, half width), 7 letters, 8 names of
# cases, 9 of groups, 10 of strategies.
load scripts . '/plot-style.gp'
set lmargin at screen left / (1.0 * W)
set rmargin at screen (left + columns * cell) / (1.0 * W)
set tmargin at screen 1 - 34.0 / H
set bmargin at screen 1 - (top + map) / (1.0 * H)
set xrange [0:columns]
set yrange [map:-(top - 34)]
unset border
unset tics
unset key
words = 'diagnosed crashed missed exploited hang error unsupported'
letters = 'D C M X H E -'
colours = '#007A59 #8CCBF0 #F5E48A #C44600 #CC79A7 #404040 #ECECEC'
inks = '#FFFFFF #202020 #202020 #FFFFFF #202020 #FFFFFF #606060'
set label 1 'What each strategy notices of misuse; strips: objects of 8, 24, 4096 bytes, 256 KiB' at screen 0, screen 1 offset character 1, character -1.2 left font large
do for [k = 1:7] {
    x = 14.0 + (k - 1) * 92
    set object k rectangle from screen x / W, screen 46.0 / H to screen (x + 16) / W, screen 60.0 / H fc rgb word(colours, k) fillstyle solid noborder
    set label 10 + k word(letters, k) at screen (x + 8) / W, screen 53.0 / H center font small tc rgb word(inks, k) front
    set label 20 + k word(words, k) at screen (x + 20) / W, screen 53.0 / H left font small
}
set label 2 'The letter is that of the worst size; small where sizes differ. Controls are correct programs: M is right there.' at screen 14.0 / W, screen 26.0 / H left font small
set style fill solid noborder
plot for [k = 0:6] data index k using 1:2:3:(half) with boxxyerror lc rgb word(colours, k + 1) fill solid noborder, \
     data index 7 using 1:2:4:3 with labels center font small tc rgb variable, \
     data index 8 using (0):1:2 with labels right offset character -0.6, 0 font small, \
     data index 9 using (0):1:2 with labels left font plain, \
     data index 10 using 1:(4):2 with labels left rotate by 45 font small
