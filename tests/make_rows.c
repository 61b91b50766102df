/* Writes a made-up run: make_rows DIR ROUNDS. 20 strategies, 30 workloads, 1, 2 and 4 threads, four passes: 3,600
 * rows a round, the first two rounds with their series. */
#include <stdio.h>
#include <stdlib.h>

#include "tests/synthetic.h"

int main(int argc, char **argv)
{
    if (argc != 3)
        return 2;
    const struct synthetic options = {
        SYNTHETIC_STRATEGIES, SYNTHETIC_WORKLOADS, strtoul(argv[2], NULL, 10), 3, 2, 0.03, true};
    const long rows = synthetic_write(argv[1], &options);
    printf("%ld rows\n", rows);
    return rows < 0;
}
