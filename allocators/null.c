#include "allocators/null.h"

_Thread_local struct null_ring null_ring;
