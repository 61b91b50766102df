# The unit tests and heap trials once more: under the sanitizers, under valgrind, and built by clang. Each variant
# is a build of its own beside the usual one; `make clean` deletes them all.

variant = +$(MAKE) --no-print-directory CC='$(CC)' CXX='$(CXX)' B=build-$(1) OPT=-O1 SANITIZE='$(2)' $(3)

check-asan: ## the unit tests under AddressSanitizer
	$(call variant,asan,-fsanitize=address -fsanitize-address-use-after-scope,check-unit)

check-ubsan: ## the unit tests under UndefinedBehaviorSanitizer
	$(call variant,ubsan,-fsanitize=undefined -fno-sanitize-recover=undefined,check-unit)

check-tsan: ## what has threads, under ThreadSanitizer
	$(call variant,tsan,-fsanitize=thread,check-threads)

# ThreadSanitizer wants its addresses where ASLR may put something else.
check-threads: $(addprefix $(B)/tests/,test_base test_marksweep test_slab test_workloads heap-malloc heap-slab \
                               gc-marksweep mutators-marksweep) \
               $(addprefix $(B)/cells/,malloc slab)
	@HT_BUILD=$(B) HT_TEST_TIMEOUT=600 HT_TEST_UNDER='setarch -R' TSAN_OPTIONS=halt_on_error=1 \
	    tests/run $(filter $(B)/tests/%,$^) tests/variants/race.sh

# Left out are the heap trials, where memcheck takes a quarter of an hour to compare every byte of every object;
# test_workloads, because memcheck forbids the memory of a thread's stack for ever when its thread ends, and
# there the stacks are memory of ours that is used again; test_plugin, which breaks on purpose; test_boehm,
# where libgc reads stacks whole, and what was never written with them; test_launch, which counts descriptors,
# among which valgrind has its own; and test_supervisor, which starts itself.
memchecked := $(addprefix $(B)/tests/,$(filter-out test_boehm test_launch test_plugin test_supervisor test_workloads,$(unit_tests)))
check-valgrind: all $(memchecked) ## the unit tests and the command under valgrind's memcheck
	@HT_BUILD=$(B) HT_TEST_TIMEOUT=600 \
	    HT_TEST_UNDER='valgrind -q --error-exitcode=99 --leak-check=full --errors-for-leak-kinds=definite' \
	    tests/run $(memchecked)
	@HT_BUILD=$(B) HT_TEST_TIMEOUT=600 tests/run tests/variants/memcheck.sh

check-clang: ## build everything with clang
	+$(MAKE) --no-print-directory CC=clang CXX=clang++ B=build-clang everything
everything: all $(unit_programs) $(B)/tests/emit_columns $(B)/tests/make_rows

.PHONY: check-asan check-clang check-threads check-tsan check-ubsan check-valgrind everything
