#include "cli/gate_state.h"

#include <dirent.h>
#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "results/file.h"
#include "results/gate_rows.h"

static bool is_empty(const char *folder)
{
    struct dirent **entry;
    const int n = scandir(folder, &entry, NULL, NULL);
    for (int i = 0; i < n; i++)
        free(entry[i]);
    if (n >= 0)
        free(entry);
    return n <= 2;
}

int ht_gate_state_make(const char *folder, char why[256])
{
    struct stat st;
    if (!mkdir(folder, 0777))
        return 0;
    const int error = errno;
    if (error != EEXIST || stat(folder, &st) || !S_ISDIR(st.st_mode)) {
        snprintf(why, 256, "can't make the folder %.150s: %s", folder, strerror(error));
        return -error;
    }
    if (is_empty(folder))
        return 0;
    snprintf(why, 256, "%.150s is not empty; go on with it: heaptrial gate --resume %.60s", folder, folder);
    return -EEXIST;
}

/* ---- writing -------------------------------------------------------------------------------------------- */

static int write_config(const struct ht_gate_run *g)
{
    struct ht_file file;
    char *path;
    if (asprintf(&path, "%s/gate.conf", g->folder) < 0)
        return -ENOMEM;
    int error = ht_file_open(&file, path);
    if (!error) {
        ht_gate_config_emit(&g->config, file.out);
        error = ht_file_close(&file);
    }
    free(path);
    return error;
}

static json_t *side_json(const struct ht_side *s)
{
    return json_pack("{s:i, s:s, s:s, s:s, s:s}", "kind", (int)s->kind, "word", s->word, "path", s->path,
                     "commit", s->commit, "label", s->label);
}

int ht_gate_state_write(const struct ht_gate_run *g)
{
    char *path;
    int error = write_config(g);
    if (error)
        return error;
    json_t *const root =
        json_pack("{s:o, s:o}", g->base.name, side_json(&g->base), g->new.name, side_json(&g->new));
    if (!root) /* words that are no UTF-8 */
        return -EILSEQ;
    if (asprintf(&path, "%s/gate.json", g->folder) < 0) {
        json_decref(root);
        return -ENOMEM;
    }
    errno = 0;
    error = json_dump_file(root, path, JSON_INDENT(1)) ? -(errno ? errno : EIO) : 0;
    json_decref(root);
    free(path);
    return error;
}

/* ---- reading -------------------------------------------------------------------------------------------- */

static bool take(char *out, size_t bytes, const char *text)
{
    const size_t length = strlen(text);
    if (length >= bytes)
        return false;
    memcpy(out, text, length + 1);
    return true;
}

static bool read_side(struct ht_side *s, const char *name, json_t *root)
{
    const char *word = "", *path = "", *commit = "", *label = "";
    int kind = 0;
    if (json_unpack(json_object_get(root, name), "{s:i, s:s, s:s, s:s, s:s}", "kind", &kind, "word", &word,
                    "path", &path, "commit", &commit, "label", &label) ||
        kind < 0 || kind > HT_SIDE_BASELINE)
        return false;
    *s = (struct ht_side){.name = name, .kind = (enum ht_side_kind)kind};
    return take(s->word, sizeof s->word, word) && take(s->path, sizeof s->path, path) &&
           take(s->commit, sizeof s->commit, commit) && take(s->label, sizeof s->label, label);
}

/* A commit that was built has its worktree in the folder. */
static void find_worktree(struct ht_side *s, const char *folder)
{
    struct stat st;
    char *path;
    if (s->kind != HT_SIDE_COMMIT || asprintf(&path, "%s/%s", folder, s->name) < 0)
        return;
    s->has_worktree = !stat(path, &st) && realpath(path, s->path);
    free(path);
}

static int read_sides(struct ht_gate_run *g, char why[256])
{
    char *path;
    if (asprintf(&path, "%s/gate.json", g->folder) < 0)
        return -ENOMEM;
    json_t *const root = json_load_file(path, 0, NULL);
    free(path);
    const bool sound =
        root && read_side(&g->base, HT_GATE_BASE, root) && read_side(&g->new, HT_GATE_NEW, root);
    json_decref(root);
    if (!sound) {
        snprintf(why, 256, "there is no gate in %.200s: it has no gate.json", g->folder);
        return -EPROTO;
    }
    find_worktree(&g->base, g->folder);
    find_worktree(&g->new, g->folder);
    return 0;
}

int ht_gate_state_read(struct ht_gate_run *g, char why[256])
{
    char *path;
    g->config = ht_gate_config_defaults();
    int error = read_sides(g, why);
    if (error)
        return error;
    if (asprintf(&path, "%s/gate.conf", g->folder) < 0)
        return -ENOMEM;
    error = ht_gate_config_read(&g->config, path, why);
    free(path);
    return error;
}
