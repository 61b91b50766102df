/* Drawing by gnuplot, which is a program of its own. */
#ifndef HT_RESULTS_GNUPLOT_H
#define HT_RESULTS_GNUPLOT_H

/* Runs `driver`, a file of commands in `folder`, there. 0, or a negative errno with one line in `why`: -ENOENT when gnuplot
 * is not installed. */
int ht_gnuplot_draw(const char *folder, const char *driver, char why[256]);

#endif
