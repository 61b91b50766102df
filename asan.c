#include <heaptrial/faults.h>
#include <stdio.h>
int main(void) { char why[256] = ""; int e = heaptrial_arm("fail:nth=1", why, 256); puts(why); return e != 95; }
