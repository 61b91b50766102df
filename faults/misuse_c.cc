// C's malloc and C++'s operators by their own names, for cases that need them (faults/misuse/case.h).
#include <cstdlib>
#include <new>

// clang's <new> leaves it out.
void operator delete(void *p, std::size_t bytes) noexcept;

namespace __gnu_cxx
{
__attribute__((weak)) void __freeres();
}

extern "C" {
void ht_misuse_count_op(void);
__attribute__((weak)) void __libc_freeres(void);

void *c_malloc(size_t bytes)
{
    ht_misuse_count_op();
    return malloc(bytes);
}

void *c_calloc(size_t n, size_t bytes)
{
    ht_misuse_count_op();
    return calloc(n, bytes);
}

void *c_realloc(void *p, size_t bytes)
{
    ht_misuse_count_op();
    return realloc(p, bytes);
}

void c_free(void *p)
{
    ht_misuse_count_op();
    free(p);
}

void *cxx_new(size_t bytes)
{
    ht_misuse_count_op();
    return operator new(bytes);
}

void *cxx_new_array(size_t bytes)
{
    ht_misuse_count_op();
    return operator new[](bytes);
}

void *cxx_new_aligned(size_t bytes, size_t alignment)
{
    ht_misuse_count_op();
    return operator new(bytes, std::align_val_t(alignment));
}

void cxx_delete(void *p)
{
    ht_misuse_count_op();
    operator delete(p);
}

void cxx_delete_array(void *p)
{
    ht_misuse_count_op();
    operator delete[](p);
}

void cxx_delete_sized(void *p, size_t bytes)
{
    ht_misuse_count_op();
    operator delete(p, bytes);
}

void cxx_delete_aligned(void *p, size_t alignment)
{
    ht_misuse_count_op();
    operator delete(p, std::align_val_t(alignment));
}

void libraries_give_back(void)
{
    if (__gnu_cxx::__freeres)
        __gnu_cxx::__freeres();
    if (__libc_freeres)
        __libc_freeres();
}
}
