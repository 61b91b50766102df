#include "base/loadable.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#if defined __x86_64__
enum { OWN_MACHINE = EM_X86_64 };
#elif defined __aarch64__
enum { OWN_MACHINE = EM_AARCH64 };
#else
#error "name the ELF machine of this architecture here"
#endif

static const char *machine_name(unsigned machine)
{
    switch (machine) {
    case EM_386:
        return "32-bit x86";
    case EM_X86_64:
        return "x86-64";
    case EM_ARM:
        return "32-bit ARM";
    case EM_AARCH64:
        return "aarch64";
    case EM_RISCV:
        return "RISC-V";
    default:
        return "another architecture";
    }
}

/* What the linker writes last. */
static uint64_t section_table_end(const Elf64_Ehdr *header)
{
    return header->e_shoff + (uint64_t)header->e_shnum * header->e_shentsize;
}

static int judge(const Elf64_Ehdr *header, ssize_t bytes, uint64_t file_bytes, char why[128])
{
    if (bytes < SELFMAG || memcmp(header->e_ident, ELFMAG, SELFMAG))
        snprintf(why, 128, "is no shared library (not an ELF file)");
    else if (bytes < (ssize_t)sizeof *header)
        snprintf(why, 128, "is no shared library (its ELF header is cut short)");
    else if (header->e_machine == OWN_MACHINE && section_table_end(header) > file_bytes)
        snprintf(why, 128, "is no whole shared library (it ends after %" PRIu64 " of %" PRIu64 " bytes)",
                 file_bytes, section_table_end(header));
    else if (header->e_machine != OWN_MACHINE)
        snprintf(why, 128, "is built for %s, not for %s", machine_name(header->e_machine),
                 machine_name(OWN_MACHINE));
    else if (header->e_type != ET_DYN)
        snprintf(why, 128, "is no shared library (link it with -shared)");
    else
        return 0;
    return -ENOEXEC;
}

int ht_loadable(const char *path, char why[128])
{
    Elf64_Ehdr header;
    struct stat about;
    const int file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    const ssize_t bytes = file < 0 || fstat(file, &about) ? -1 : pread(file, &header, sizeof header, 0);
    int error;
    if (bytes < 0) {
        error = -errno;
        snprintf(why, 128, "can't be read: %s", strerror(-error));
    } else {
        error = judge(&header, bytes, (uint64_t)about.st_size, why);
    }
    if (file >= 0)
        close(file);
    return error;
}
