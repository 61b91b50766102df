# Draws one figure twice: NAME.svg and NAME.png. The driver (DIR/plots/plots.gp) sets name, figure, W, H and what
# the figure needs. Fonts are given per terminal: the unit of SVG is a pixel, of PNG a point.
set datafile separator tab
data = name . '.dat'
small = ',10'; plain = ',12'; large = ',15'
set terminal svg size W,H noenhanced font 'sans-serif,12' background '#ffffff'
set output name . '.svg'
load scripts . '/plot-' . figure . '.gp'
unset output
small = ',7.5'; plain = ',9'; large = ',11.2'
set terminal pngcairo size W,H noenhanced font 'DejaVu Sans,9' background '#ffffff'
set output name . '.png'
load scripts . '/plot-' . figure . '.gp'
unset output
