/* Prints docs/columns.md: make docs/columns.md. */
#include "results/row.h"

int main(void)
{
    ht_columns_emit_markdown(stdout);
    return 0;
}
