# make check: unit tests (cmocka), one generic heap test a strategy, and the command line as a user types it.

# One cmocka program each: tests/<name>.c with what it links.
unit_tests := $(patsubst tests/%.c,%,$(wildcard tests/test_*.c))
library    := $(call objects,$(filter-out $(cell_srcs),$(wildcard bench/*.c)) $(wildcard base/*.c results/*.c) \
              $(filter-out $(foreach c,$(CELLS),$(call strategy_c,$(c))),$(wildcard allocators/*.c)))

$(B)/tests/%: $(B)/tests/%.o $(library)
	$(CC) $(LDFLAGS) $^ -o $@ -lcmocka $(host_libs)
$(B)/tests/test_arena: $(B)/allocators/arena.o
$(B)/tests/test_tlsf: $(B)/allocators/tlsf.o
$(B)/tests/test_buddy: $(B)/allocators/buddy.o

# The same trial for every strategy that is compiled in: tests/heap_trial.c.
define heap_trial
$(B)/tests/obj/$(1)/heap_trial.o: tests/heap_trial.c
	@mkdir -p $$(@D)
	$(CC) $(CPPFLAGS) $(CFLAGS) $$(flags_$(1)) -c $$< -o $$@
$(B)/tests/heap-$(1): $(B)/tests/obj/$(1)/heap_trial.o $(call objects,$(call strategy_c,$(1)) allocators/pages.c)
	$(CC) $(LDFLAGS) $$^ -o $$@ -lcmocka -ldl -lm \
	    $(if $(MODULE_$(1)),$(shell pkg-config --libs $(MODULE_$(1)) 2>/dev/null))
endef
$(foreach c,$(CELLS),$(eval $(call heap_trial,$(c))))

unit_programs := $(addprefix $(B)/tests/,$(unit_tests)) $(addprefix $(B)/tests/heap-,$(CELLS))

check-unit: $(unit_programs) plugins ## only the unit tests
	@HT_BUILD=$(B) tests/run $(unit_programs)

check-cli: all ## only the command line
	@HT_BUILD=$(B) tests/run $(wildcard tests/cli/*.sh)

check: all $(unit_programs) check-arrows ## every test (3 minutes at most)
	@HT_BUILD=$(B) tests/run $(unit_programs) $(wildcard tests/cli/*.sh)

.PHONY: check-unit check-cli
