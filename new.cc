#include <new>
#include <heaptrial/faults.h>
int main() { return heaptrial_arm("fail:nth=1", 0, 0) || (bool)new (std::nothrow) int; }
