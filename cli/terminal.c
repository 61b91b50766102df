#include "cli/terminal.h"

#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { WIDTH = 100, LEAST_WIDTH = 78, MOST_WIDTH = 160 };

static unsigned find_width(void)
{
    struct winsize size;
    const char *const columns = getenv("COLUMNS");
    unsigned width = WIDTH;
    if (columns && atoi(columns) > 0)
        width = (unsigned)atoi(columns);
    else if (!ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) && size.ws_col)
        width = size.ws_col;
    return width < LEAST_WIDTH ? LEAST_WIDTH : width > MOST_WIDTH ? MOST_WIDTH : width;
}

struct ht_compare_style ht_terminal_style(void)
{
    const char *const no = getenv("NO_COLOR");
    return (struct ht_compare_style){find_width(), isatty(STDOUT_FILENO) && !(no && *no), 0};
}
