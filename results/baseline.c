#include "results/baseline.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "results/text.h"

/* Appends `word`; each run of what a folder should not be called becomes one '-'. */
static size_t put(char *key, size_t used, size_t room, const char *word)
{
    const size_t start = used;
    bool gap = false;
    for (; *word && used + 2 < room; word++) {
        const unsigned char c = (unsigned char)*word;
        const bool plain = isalnum(c) || c == '.' || c == '+' || c == '=';
        if (plain && gap && used > start)
            key[used++] = '-';
        if (plain)
            key[used++] = (char)tolower(c);
        gap = !plain;
    }
    key[used] = '\0';
    return used;
}

void ht_baseline_key(const char *cpu, const char *libc, const char *compiler, const char *flags,
                     char key[256])
{
    const char *const words[] = {cpu, libc, compiler, flags};
    size_t used = 0;
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        used = put(key, used, 250, words[i]);
        if (i + 1 < sizeof words / sizeof *words)
            key[used++] = '_';
    }
    key[used] = '\0';
}

static bool has(const char *folder, const char *name, const char *file)
{
    char *path;
    if (asprintf(&path, "%s/%s%s%s", folder, name, *name ? "/" : "", file) < 0)
        return false;
    const bool found = !access(path, F_OK);
    free(path);
    return found;
}

bool ht_is_baseline(const char *folder)
{
    return has(folder, "", HT_BASELINE_LOG);
}

static int is_key(const struct dirent *entry)
{
    return entry->d_name[0] != '.' && strchr(entry->d_name, '_') != NULL;
}

void ht_baseline_list(const char *folder, char *out, size_t bytes)
{
    struct dirent **entry;
    const int n = scandir(folder, &entry, is_key, alphasort);
    size_t used = 0;
    snprintf(out, bytes, "none");
    for (int i = 0; i < n; i++) {
        if (has(folder, entry[i]->d_name, "rows.csv") && used < bytes)
            used += (size_t)snprintf(out + used, bytes - used, "%s%s", used ? ", " : "", entry[i]->d_name);
        free(entry[i]);
    }
    if (n >= 0)
        free(entry);
}

int ht_baseline_log(const char *folder, const char *date, const char *key, const char *commit,
                    const char *reason)
{
    char *path;
    if (asprintf(&path, "%s/%s", folder, HT_BASELINE_LOG) < 0)
        return -ENOMEM;
    FILE *const out = fopen(path, "ae");
    free(path);
    if (!out)
        return -errno;
    if (!fseek(out, 0, SEEK_END) && ftell(out) == 0)
        fputs("date,key,commit,reason\n", out);
    fprintf(out, "%s,%s,%s,", date, key, commit);
    ht_text_put_csv(out, reason);
    fputc('\n', out);
    errno = 0;
    const bool failed = ferror(out);
    return fclose(out) || failed ? -(errno ? errno : EIO) : 0;
}
