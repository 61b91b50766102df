# The look of every figure: Okabe and Ito's colours, which people with any kind of colour vision can tell apart.
# Style 1 is the baseline; 2 to 25 are six hues in four dashes.
reset
set datafile separator tab
hue(i) = word('#E69F00 #56B4E9 #009E73 #0072B2 #D55E00 #CC79A7', i)
set linetype 1 lc rgb '#000000' lw 2.4 dt 1
do for [k = 0:23] {
    dash = k / 6 + 1
    set linetype k + 2 lc rgb hue(k % 6 + 1) lw 1.7 dt dash
}
