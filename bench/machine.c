#include "bench/machine.h"

#include <gnu/libc-version.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysinfo.h>
#include <sys/utsname.h>
#include <unistd.h>

void ht_read_line(const char *path, char *out, int bytes)
{
    FILE *const f = fopen(path, "re");
    out[0] = 0;
    if (!f)
        return;
    if (fgets(out, bytes, f))
        out[strcspn(out, "\n")] = 0;
    fclose(f);
}

/* What stands after `key` and a separator, on the line of a file that starts with it. */
static void read_value(const char *path, const char *key, const char *separator, char *out, size_t bytes)
{
    char line[512];
    FILE *const f = fopen(path, "re");
    out[0] = 0;
    while (f && fgets(line, sizeof line, f)) {
        if (strncmp(line, key, strlen(key)))
            continue;
        char *value = strstr(line, separator);
        value = value ? value + strlen(separator) : line;
        value += strspn(value, " \t\"");
        value[strcspn(value, "\"\n")] = 0;
        snprintf(out, bytes, "%.*s", (int)bytes - 1, value);
        break;
    }
    if (f)
        fclose(f);
}

static uint64_t meminfo(const char *key)
{
    char text[64];
    read_value("/proc/meminfo", key, ":", text, sizeof text);
    return strtoull(text, NULL, 10) << 10;
}

void ht_machine_read(struct ht_machine *machine)
{
    *machine = (struct ht_machine){.cores = (unsigned)get_nprocs()};
    struct utsname name;
    uname(&name);
    gethostname(machine->host, sizeof machine->host - 1);
    snprintf(machine->kernel, sizeof machine->kernel, "%.60s %.60s", name.release, name.machine);
    snprintf(machine->libc, sizeof machine->libc, "glibc %s", gnu_get_libc_version());
#ifdef __clang__
    snprintf(machine->compiler, sizeof machine->compiler, "clang %s", __clang_version__);
#else
    snprintf(machine->compiler, sizeof machine->compiler, "gcc %s", __VERSION__);
#endif
    snprintf(machine->flags, sizeof machine->flags, "%s", HT_FLAGS);
    read_value("/proc/cpuinfo", "model name", ":", machine->cpu, sizeof machine->cpu);
    read_value("/etc/os-release", "PRETTY_NAME", "=", machine->os, sizeof machine->os);
    ht_read_line("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor", machine->governor,
                 sizeof machine->governor);
    ht_read_line("/sys/kernel/mm/transparent_hugepage/enabled", machine->thp, sizeof machine->thp);
    machine->memory_bytes = meminfo("MemTotal");
    machine->available_bytes = meminfo("MemAvailable");
    char aslr[16];
    ht_read_line("/proc/sys/kernel/randomize_va_space", aslr, sizeof aslr);
    machine->aslr = aslr[0] ? atoi(aslr) : -1;
}
