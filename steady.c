#include <heaptrial/faults.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

int main(void)
{
    const int busy = heaptrial_arm("fail:from=1", NULL, 0);
    void *volatile before = malloc(10);
    void *map = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    heaptrial_steady();
    void *volatile after = malloc(10);
    void *other = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    heaptrial_disarm();
    printf("%s %c%c%c%c\n", busy ? "busy" : "free", before ? '.' : 'x', map != MAP_FAILED ? '.' : 'x', after ? '.' : 'x',
           other != MAP_FAILED ? '.' : 'x');
    return 0;
}
