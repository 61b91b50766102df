#include "results/gnuplot.h"

#include <errno.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

/* Runs gnuplot in `folder`. Its exit status, 127 when it is not there, or a negative errno. */
static int run_gnuplot(const char *folder, const char *driver)
{
    const pid_t child = fork();
    if (child < 0)
        return -errno;
    if (child == 0) {
        if (!chdir(folder))
            execlp("gnuplot", "gnuplot", driver, (char *)NULL);
        _exit(127);
    }
    int status;
    while (waitpid(child, &status, 0) < 0)
        if (errno != EINTR)
            return -errno;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

int ht_gnuplot_draw(const char *folder, const char *driver, char why[256])
{
    const int status = run_gnuplot(folder, driver);
    if (status == 0)
        return 0;
    if (status == 127)
        snprintf(why, 256,
                 "gnuplot is not installed (apt-get install gnuplot-nox): only the data files were written, "
                 "to %.100s",
                 folder);
    else
        snprintf(why, 256, "gnuplot failed (%d): cd %.150s && gnuplot %.40s", status, folder, driver);
    return status == 127 ? -ENOENT : status < 0 ? status : -EIO;
}
