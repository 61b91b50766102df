/* The places inside a strategy where a plan `fail:site=NAME` strikes. They are the same words for every strategy; which of
 * them it has, its cell finds out. */
#ifndef HT_FAULTS_FAULTY_SITES_H
#define HT_FAULTS_FAULTY_SITES_H

#include "allocators/budget.h"

enum ht_cpython_domain { HT_CPYTHON_RAW, HT_CPYTHON_MEM, HT_CPYTHON_OBJ, HT_CPYTHON_DOMAINS };

enum ht_site_kind {
    HT_SITE_PAGES,   /* all strategies of ours */
    HT_SITE_BUDGET,  /* their collectors; `index` is an enum gc_site */
    HT_SITE_CPYTHON, /* `index` is an enum ht_cpython_domain */
};

struct ht_site {
    enum ht_site_kind kind;
    unsigned index;
};

/* 0, or -EINVAL with one line in `why`, which has the nearest word and all of them. */
int ht_site_find(const char *word, struct ht_site *site, char why[256]);

#endif
