/* Tools that find misuse of a heap, beside the allocators of allocators/list.h: debug allocators, and two references.
 * They are strategies too, for `heaptrial misuse` and, by name, for `heaptrial run`; `all` does not mean them.
 *
 * X(name, how, file, package, environment, message, summary)
 *   how      PRELOAD: the program of C's malloc with `file` preloaded, if it is not ""
 *            ASAN: the program of C's malloc compiled with -fsanitize=address
 *            MEMCHECK: the program of C's malloc under valgrind
 *   package  the Debian package that brings it
 *   environment  NAME=VALUE, separated by blanks
 *   message  an extended regular expression: what in a line of stderr is a diagnosis. Some tools also say hello.
 *
 * dmalloc has all of its checks but that freed memory is never used again, and walks its heap every tenth call. Electric
 * Fence has malloc(0) allowed, as C has. GWP-ASan, which is in scudo, samples one allocation in ten instead of one in
 * 5000. */
#ifndef HT_ALLOCATORS_DEBUGGERS_H
#define HT_ALLOCATORS_DEBUGGERS_H

// clang-format off
#define HT_DEBUGGERS(X)                                                                                      \
    X("glibc-check", PRELOAD, "libc_malloc_debug.so.0", "libc6", "MALLOC_CHECK_=3", ".+", "the C library's debug library, with MALLOC_CHECK_=3") \
    X("glibc-perturb", PRELOAD, "", "libc6", "MALLOC_PERTURB_=165", ".+", "the C library's malloc, with MALLOC_PERTURB_: freed bytes are overwritten") \
    X("tcmalloc-debug", PRELOAD, "libtcmalloc_minimal_debug.so.4", "libtcmalloc-minimal4", "", ".+", "gperftools tcmalloc with its checks") \
    X("gwp-asan", PRELOAD, "libclang_rt.scudo_standalone-x86_64.so", "libclang-rt-14-dev", "SCUDO_OPTIONS=GWP_ASAN_Enabled=1:GWP_ASAN_SampleRate=10:GWP_ASAN_MaxSimultaneousAllocations=128", "Scudo ERROR: .*|(Double Free|Use After Free|Buffer Overflow|Buffer Underflow|Invalid .Wild. Free|Unknown) .*at 0x.*", "scudo, one allocation in ten on a page of its own") \
    X("efence", PRELOAD, "libefence.so.0", "electric-fence", "EF_ALLOW_MALLOC_0=1 EF_DISABLE_BANNER=1", "ElectricFence .*", "Electric Fence: each object ends at a page that can't be touched") \
    X("duma", PRELOAD, "libduma.so.0", "duma", "DUMA_DISABLE_BANNER=1", "DUMA (Abort|Except|Exit|Error|Warn).*", "DUMA, a child of Electric Fence") \
    X("dmalloc", PRELOAD, "libdmallocth.so.5", "libdmalloc5", "DMALLOC_OPTIONS=debug=0x4f4ed03,inter=10,log=/dev/stderr", "ERROR: .*|not freed: .*", "dmalloc with all its checks") \
    X("asan", ASAN, "", "gcc", "ASAN_OPTIONS=symbolize=0:print_legend=0:detect_leaks=1", "(ERROR: |WARNING: )?(Address|Leak)Sanitizer: .*", "AddressSanitizer of gcc, with leaks") \
    X("valgrind", MEMCHECK, "", "valgrind", "", "[^ =].*", "valgrind's memcheck, with leaks") \
    /* end */
// clang-format on

#endif
