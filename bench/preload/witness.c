/* witness: a library to be preloaded beside the allocator under test, into a whole program. When a process
 * exits, it appends one line to the file that HT_WITNESS names, in a single write(2):
 *
 *     pid TAB program TAB file of the library that malloc comes from TAB peak resident kB
 *
 * So the runner can prove that the preload took, and knows the peak memory, for each process that the program
 * started. A process that ends by a signal, by _exit or by exec leaves no line.
 *
 * Preload it before the allocator. It allocates nothing, so that it is in no figure. */
#include <dlfcn.h>
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char file[4096]; /* HT_WITNESS as it was at the start: programs write over their environment */

/* A line under construction; what does not fit is cut off. */
struct line {
    char text[1024];
    size_t bytes;
};

static void append(struct line *line, const char *text)
{
    for (; *text && line->bytes < sizeof line->text; text++)
        line->text[line->bytes++] = *text;
}

static void append_number(struct line *line, unsigned long number)
{
    char digits[24];
    size_t at = sizeof digits;
    digits[--at] = 0;
    do
        digits[--at] = (char)('0' + number % 10);
    while (number /= 10);
    append(line, digits + at);
}

/* The file of the library that malloc comes from; "?" when nobody knows. */
static const char *library_of_malloc(void)
{
    Dl_info info;
    const ElfW(Sym) *symbol = NULL;
    void *p = dlsym(RTLD_DEFAULT, "malloc");
    /* A program at a fixed address may lend malloc an address of its own, which only leads to the library. */
    if (p && dladdr1(p, &info, (void **)&symbol, RTLD_DL_SYMENT) && symbol && symbol->st_shndx == SHN_UNDEF)
        p = dlsym(RTLD_NEXT, "malloc");
    return p && dladdr(p, &info) && info.dli_fname ? info.dli_fname : "?";
}

/* VmHWM of /proc/self/status in kB; 0 when it can't be read. */
static unsigned long peak_kb(void)
{
    char status[4096];
    const int fd = open("/proc/self/status", O_RDONLY | O_CLOEXEC);
    const ssize_t bytes = fd < 0 ? -1 : read(fd, status, sizeof status - 1);
    if (fd >= 0)
        close(fd);
    status[bytes > 0 ? bytes : 0] = 0;
    const char *const at = strstr(status, "VmHWM:");
    return at ? strtoul(at + strlen("VmHWM:"), NULL, 10) : 0;
}

__attribute__((constructor)) static void start(void)
{
    const char *const name = getenv("HT_WITNESS");
    if (name && strlen(name) < sizeof file)
        strcpy(file, name);
}

__attribute__((destructor)) static void stop(void)
{
    if (!file[0])
        return;
    struct line line = {.bytes = 0};
    append_number(&line, (unsigned long)getpid());
    append(&line, "\t");
    append(&line, program_invocation_short_name);
    append(&line, "\t");
    append(&line, library_of_malloc());
    append(&line, "\t");
    append_number(&line, peak_kb());
    append(&line, "\n");
    const int fd = open(file, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0666);
    if (fd < 0)
        return;
    (void)!write(fd, line.text, line.bytes);
    close(fd);
}
