#include "cli/cli.h"

int ht_present(const char *folder, const char *baseline)
{
    (void)folder, (void)baseline;
    return 0;
}

int cmd_table(int argc, char **argv)
{
    (void)argc, (void)argv;
    return 0;
}
int cmd_plot(int argc, char **argv)
{
    (void)argc, (void)argv;
    return 0;
}
int cmd_merge(int argc, char **argv)
{
    (void)argc, (void)argv;
    return 0;
}
int cmd_doctor(int argc, char **argv)
{
    (void)argc, (void)argv;
    return 0;
}
