/* heaptrial COMMAND [options]: finds the command and hands over. */
#include <argp.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/nearest.h"
#include "cli/cli.h"

static const struct {
    const char *name, *summary;
    int (*run)(int argc, char **argv);
} commands[] = {
#define X(name, summary) {#name, summary, cmd_##name},
    HT_COMMANDS(X)
#undef X
};

/* As it is typed: a - for each _, which is what C allows. */
static const char *typed(const char *name, char out[32])
{
    snprintf(out, 32, "%s", name);
    for (char *at = out; (at = strchr(at, '_'));)
        *at = '-';
    return out;
}

enum { COMMANDS = sizeof commands / sizeof commands[0] };

const char *argp_program_version = "heaptrial " HT_VERSION;

int ht_say(int status, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    fputs("heaptrial: ", stderr);
    vfprintf(stderr, format, args);
    fputc('\n', stderr);
    va_end(args);
    return status;
}

static void print_help(void)
{
    puts("Usage: heaptrial COMMAND [OPTION...]\n"
         "Puts heaps on trial: runs allocators through the same workloads and says which is fast, small, "
         "bounded\n"
         "and right.\n");
    char name[32];
    for (size_t i = 0; i < COMMANDS; i++)
        printf("  %-13s %s\n", typed(commands[i].name, name), commands[i].summary);
    puts("\nheaptrial COMMAND --help shows the options of a command, with examples.\n"
         "Examples:\n"
         "  heaptrial run --preset quick\n"
         "  heaptrial run -a system,mimalloc,tlsf -w larson,alloc-test --rounds 20\n"
         "  heaptrial show larson\n\n"
         "Exit status: 0 good, whatever outcome the rows hold; 1 the harness failed, or was stopped; 2 usage; 3 a "
         "regression,\n"
         "or an outcome that was not expected; 4 inconclusive, with --strict; 5 incomparable.");
}

/* With one of 0, 1, 2 closed, the next file that is opened would take its number, and what is printed would go
 * into it. Read-only, so that to print there still fails. */
static void open_standard_streams(void)
{
    int fd;
    do
        fd = open("/dev/null", O_RDONLY);
    while (fd >= 0 && fd <= STDERR_FILENO);
    if (fd >= 0)
        close(fd);
}

/* Also after argp has printed its help and left. */
static void check_stdout(void)
{
    if (fflush(stdout) || ferror(stdout)) {
        ht_say(0, "can't write to stdout");
        _exit(HT_EXIT_FAILED);
    }
}

int main(int argc, char **argv)
{
    open_standard_streams();
    atexit(check_stdout);
    argp_err_exit_status = HT_EXIT_USAGE;
    const char *const word = argc > 1 ? argv[1] : "";
    static char spelled[COMMANDS][32];
    const char *names[COMMANDS];
    for (size_t i = 0; i < COMMANDS; i++) {
        names[i] = typed(commands[i].name, spelled[i]);
        if (strcmp(word, names[i]))
            continue;
        char name[64];
        snprintf(name, sizeof name, "heaptrial %s", word);
        argv[1] = name;
        return commands[i].run(argc - 1, argv + 1);
    }
    if (!strcmp(word, "--help") || !strcmp(word, "help") || !strcmp(word, "-h")) {
        print_help();
        return HT_EXIT_GOOD;
    }
    if (!strcmp(word, "--version") || !strcmp(word, "-V")) {
        puts(argp_program_version);
        return HT_EXIT_GOOD;
    }
    if (!*word) {
        print_help();
        return HT_EXIT_USAGE;
    }
    const char *const nearest = ht_nearest(word, names, COMMANDS);
    return ht_say(HT_EXIT_USAGE, "there is no command '%s'%s%s%s; heaptrial --help lists them", word,
                  nearest ? ": did you mean " : "", nearest ? nearest : "", nearest ? "?" : "");
}
