/* What a program says to its supervisor (faults/supervisor.h): one system call that nobody else makes. Without a
 * supervisor it fails and does nothing, so that a cell or a library may always speak. It allocates nothing. */
#ifndef HT_FAULTS_OS_MARK_H
#define HT_FAULTS_OS_MARK_H

#include <sys/prctl.h>

/* The number of no real prctl. */
enum { HT_OS_MARK = 0x68747269 };

enum ht_os_mark {
    HT_OS_MARK_ARM,    /* from here on calls are counted, and fail */
    HT_OS_MARK_DISARM, /* and from here on they are not */
    HT_OS_MARK_STEADY, /* what after=steady waits for */
    HT_OS_MARK_CALLS,  /* returns how many calls there were */
    HT_OS_MARK_FIRED,  /* returns how many of them failed */
};

/* 0, or what was asked for (INT_MAX at most); -1 when nobody supervises this process. */
static inline int ht_os_mark(enum ht_os_mark mark)
{
    return prctl(HT_OS_MARK, (unsigned long)mark, 0UL, 0UL, 0UL);
}

#endif
