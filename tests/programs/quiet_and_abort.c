/* Neither is a finding: an exit without a word, and an abort by design. */
#include <stdlib.h>
#include <unistd.h>

int main(void)
{
    char *const quiet = malloc(10);
    if (!quiet)
        return 4;
    char *const loud = malloc(20);
    if (!loud)
        abort();
    loud[0] = quiet[0] = 'k';
    const int status = write(1, loud, 1) == 1 ? 0 : 1;
    free(loud);
    free(quiet);
    return status;
}
