/* A gate as workflow commands of GitHub, which shows them beside the code. */
#include <string.h>

#include "results/gate_parts.h"

/* It shows ten of a step. */
enum { MOST = 10 };

/* What stands for something in a command is escaped; in a property, the colon and the comma too. */
static void put_escaped(FILE *out, const char *text, const char *special)
{
    for (; *text; text++)
        if ((unsigned char)*text < 0x20 && !strchr("\r\n", *text))
            putc('?', out);
        else if (strchr(special, *text))
            fprintf(out, "%%%02X", (unsigned)(unsigned char)*text);
        else
            putc(*text, out);
}

static void put_error(FILE *out, const char *title, const char *message)
{
    fputs("::error title=", out);
    put_escaped(out, title, "%\r\n:,");
    fputs("::", out);
    put_escaped(out, message, "%\r\n");
    putc('\n', out);
}

void ht_gate_emit_annotations(const struct ht_gate *gate, FILE *out)
{
    const size_t n = gate->verdicts[HT_GATE_REGRESSED], named = n > MOST ? MOST - 1 : n;
    char name[HT_GATE_NAME], words[HT_GATE_WORDS];
    for (size_t i = 0; i < named; i++) { /* worst first */
        ht_gate_name(&gate->line[i], name);
        ht_gate_say(&gate->line[i], words);
        put_error(out, name, words);
    }
    words[0] = '\0';
    ht_gate_add(words, "and %zu more have regressed", n - named);
    if (n > named)
        put_error(out, "heaptrial gate", words);
}
