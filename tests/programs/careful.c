/* Right: all is looked at, said and given back. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct node {
    struct node *next;
    char *text;
};

static struct node *add(struct node *list, const char *text)
{
    struct node *const node = calloc(1, sizeof *node);
    if (!node)
        return NULL;
    node->text = strdup(text);
    if (!node->text) {
        free(node);
        return NULL;
    }
    node->next = list;
    return node;
}

static void drop(struct node *list)
{
    while (list) {
        struct node *const next = list->next;
        free(list->text);
        free(list);
        list = next;
    }
}

int main(void)
{
    struct node *list = NULL;
    int status = 0;
    for (int i = 0; i < 5 && !status; i++) {
        struct node *const longer = add(list, "entry");
        status = longer ? 0 : 1;
        list = longer ? longer : list;
    }
    if (status)
        fputs("out of memory\n", stderr);
    for (const struct node *n = list; n && !status; n = n->next)
        puts(n->text);
    drop(list);
    return status;
}
