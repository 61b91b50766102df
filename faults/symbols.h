/* Names of code addresses, by libdw: function, file and line where the module tells them. Debian's programs are stripped
 * of most names: then module and offset. */
#ifndef HT_FAULTS_SYMBOLS_H
#define HT_FAULTS_SYMBOLS_H

#include <stddef.h>
#include <stdint.h>

struct ht_control;
struct ht_symbols;

/* 0 or -ENOMEM; to be closed by the caller. Modules are opened when they are first asked for. */
int ht_symbols_open(struct ht_symbols **out);
void ht_symbols_close(struct ht_symbols *s);

struct ht_symbol {
    char function[128]; /* "" when it is not known */
    char file[256];     /* "" when it is not known */
    int line;
    char module[64]; /* the base name of the file */
    uint64_t offset;
};

/* The call that returns to `offset` in the file `module`; "" stands for unknown code. */
void ht_symbols_find(struct ht_symbols *s, const char *module, uint64_t offset, struct ht_symbol *out);

/* "parse at src/parse.c:12", "strdup in libc.so.6", "jq+0x1f2e". */
void ht_symbol_say(const struct ht_symbol *symbol, char *out, size_t bytes);

/* The same of a frame of a control file. */
void ht_symbols_frame(struct ht_symbols *s, const struct ht_control *c, uint64_t frame,
                      struct ht_symbol *out);

#endif
