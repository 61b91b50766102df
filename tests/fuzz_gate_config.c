/* Fuzzes the reader of a gate's config (libFuzzer): `make fuzz`. What it refuses it says in one line that starts with the
 * file and the line; what it accepts it must also write, and read back as the same. */
#include <stdlib.h>
#include <string.h>

#include "results/gate_config.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

/* What `config` says, written; the caller frees it. */
static char *emit(const struct ht_gate_config *config, size_t *bytes)
{
    char *text;
    FILE *const out = open_memstream(&text, bytes);
    if (!out)
        abort();
    ht_gate_config_emit(config, out);
    if (fclose(out))
        abort();
    return text;
}

static void check_written(const struct ht_gate_config *config)
{
    struct ht_gate_config again = ht_gate_config_defaults();
    char why[256];
    size_t bytes, bytes_again;
    char *const text = emit(config, &bytes);
    if (ht_gate_config_parse(&again, "f", text, bytes, why))
        abort();
    char *const text_again = emit(&again, &bytes_again);
    if (bytes != bytes_again || memcmp(text, text_again, bytes))
        abort();
    free(text);
    free(text_again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    struct ht_gate_config config = ht_gate_config_defaults();
    char why[256] = "";
    if (!ht_gate_config_parse(&config, "f", (const char *)data, bytes, why))
        check_written(&config);
    else if (strncmp(why, "f:", 2) || !memchr(why, '\0', sizeof why) || strchr(why, '\n'))
        abort();
    return 0;
}
