/* heaptrial merge: the shards of a run become one run. */
#include <argp.h>
#include <errno.h>
#include <stdio.h>

#include "bench/merge.h"
#include "cli/cli.h"

enum { PARTS_MAX = 1024 };

static const struct argp_option options[] = {{0}};

static const char doc[] = "Join the parts of a run that was split with --shard, into a new folder."
                          "\vExample:\n"
                          "  heaptrial run --preset bench --shard 1/2 -o part1     (on one machine)\n"
                          "  heaptrial run --preset bench --shard 2/2 -o part2     (on another)\n"
                          "  heaptrial merge whole part1 part2\n";

struct request {
    const char *word[PARTS_MAX];
    size_t words;
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct request *const r = state->input;
    switch (key) {
    case ARGP_KEY_ARG:
        if (r->words == PARTS_MAX)
            argp_error(state, "too many parts");
        r->word[r->words++] = arg;
        return 0;
    case ARGP_KEY_END:
        if (r->words < 2)
            argp_error(state, "name the new folder and the parts");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

int cmd_merge(int argc, char **argv)
{
    const struct argp argp = {options, parse, "DIR PART...", doc, NULL, NULL, NULL};
    static struct request r;
    char why[256];
    size_t missing;
    argp_parse(&argp, argc, argv, 0, NULL, &r);
    const int error = ht_merge(r.word[0], r.word + 1, r.words - 1, &missing, why);
    if (error == -EINVAL || error == -EPROTO || error == -EEXIST || error == -ENOENT || error == -ENOTDIR)
        return ht_say(HT_EXIT_USAGE, "%s", why);
    if (error)
        return ht_say(HT_EXIT_FAILED, "%s", why);
    if (missing)
        ht_say(0, "the parts lack %zu row%s of the run. Go on with:  heaptrial run --resume %s", missing,
               missing == 1 ? "" : "s", r.word[0]);
    return ht_present(r.word[0], NULL);
}
