# make check: unit tests (cmocka), one generic heap test a strategy, and the command line as a user types it.

# One shell script each; lib.sh is what they share.
cli_tests := $(filter-out tests/cli/lib.sh,$(wildcard tests/cli/*.sh))

# One cmocka program each: tests/<name>.c with what it links; not of a strategy whose library is missing.
unit_tests := $(filter-out $(addprefix test_,$(subst -,_,$(LEFT_OUT))),$(patsubst tests/%.c,%,$(wildcard tests/test_*.c)))
module_of   = $(MODULE_$(subst _,-,$(1:test_%=%)))

$(B)/tests/%: $(B)/tests/%.o $(host_objs)
	$(call say,LINK $@)
	$(Q)$(CC) $(LDFLAGS) $^ -o $@ -lcmocka $(host_libs) \
	    $(if $(call module_of,$*),$(shell pkg-config --libs $(call module_of,$*)))
# tests/test_<name>.c links the strategy allocators/<name>.c.
$(foreach t,$(unit_tests:test_%=%),$(eval $(B)/tests/test_$(t): $(call objects,$(call strategy_c,$(t)))))
$(B)/tests/test_generational $(B)/tests/test_generational_steps: $(collector_objs)
$(B)/tests/test_generational_steps: $(call objects,$(call strategy_c,generational))
$(B)/tests/test_slab_walk: $(call objects,$(call strategy_c,slab))
$(B)/tests/test_incremental_barrier $(B)/tests/test_incremental_specials: $(call objects,$(call strategy_c,incremental))
$(B)/tests/test_live_objects: $(B)/faults/live_objects.o
$(B)/tests/test_plugin: $(B)/allocators/plugin_allocator.o
$(B)/tests/test_summary $(B)/tests/test_plot $(B)/tests/test_report $(B)/tests/make_rows: $(B)/tests/synthetic.o

# The workloads themselves, on a strategy that records what they ask for.
$(eval $(call cell,recorder,workloads,heap_state,$(allocator_faults),$(allocator_inside)))
flags_recorder := -DHT_STRATEGY_HEADER='"tests/recorder.h"' -DHT_STRATEGY='"recorder"'
$(B)/tests/test_workloads.o: CPPFLAGS += $(flags_recorder)
$(B)/tests/test_workloads: $(B)/tests/test_workloads.o $(cells_objs_recorder) \
                           $(B)/cells/obj/workloads_suite.o \
                           $(call objects,$(filter-out bench/suite.c,$(shared_srcs)) $(wildcard base/*.c) allocators/pages.c)
	$(call say,LINK $@)
	$(Q)$(CC) $(LDFLAGS) $^ -o $@ -lcmocka -lm

# A heap that is shattered, on the same.
$(B)/tests/test_shatter.o: CPPFLAGS += $(flags_recorder)
$(B)/tests/test_shatter: $(B)/tests/test_shatter.o $(addprefix $(B)/cells/obj/recorder/,heap_state.o shatter.o) $(allocator_inside) \
                         $(call objects,$(addprefix bench/,sampler.c stop.c) $(wildcard base/*.c) allocators/pages.c)
	$(call say,LINK $@)
	$(Q)$(CC) $(LDFLAGS) $^ -o $@ -lcmocka -lm

# Those for collectors, on a collector that records, and can be told to break things.
$(eval $(call cell,recording-collector,mutators,$(collector_state),$(collector_faults),$(collector_objs) $(collector_inside)))
flags_recording-collector := -DHT_STRATEGY_HEADER='"tests/recording_collector.h"' -DHT_STRATEGY='"recording-collector"'
$(B)/tests/test_mutators.o: CPPFLAGS += $(flags_recording-collector)
$(B)/tests/test_mutators: $(B)/tests/test_mutators.o $(cells_objs_recording-collector) $(collector_objs) $(collector_inside) \
                          $(B)/cells/obj/mutators_suite.o $(call objects,$(call strategy_c,semispace)) \
                          $(call objects,$(filter-out bench/suite.c,$(shared_srcs)) $(wildcard base/*.c) allocators/pages.c)
	$(call say,LINK $@)
	$(Q)$(CC) $(LDFLAGS) $^ -o $@ -lcmocka -lm

# Injected cycles, on the same.
$(B)/tests/test_injector.o: CPPFLAGS += $(flags_recording-collector) -DHT_PROBED
$(B)/tests/test_injector: $(B)/tests/test_injector.o $(cells_objs_recording-collector) $(collector_objs) $(collector_inside) \
                          $(B)/cells/obj/mutators_suite.o $(call objects,$(call strategy_c,semispace)) \
                          $(call objects,$(filter-out bench/suite.c,$(shared_srcs)) $(wildcard base/*.c) allocators/pages.c)
	$(call say,LINK $@)
	$(Q)$(CC) $(LDFLAGS) $^ -o $@ -lcmocka -lm

# The same trial for every strategy that is compiled in: tests/heap_trial.c. plugin-allocator is tried on the
# skeleton, or on HT_TEST_PLUGIN from the environment.
define heap_trial
$(B)/tests/obj/$(1)/heap_trial.o: tests/heap_trial.c
	@mkdir -p $$(@D)
	$$(call say,CC $$@)
	$$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) $$(flags_$(1)) -DHT_TEST_PLUGIN='"$(B)/plugins/skeleton.so"' -c $$< -o $$@
$(B)/tests/heap-$(1): $(B)/tests/obj/$(1)/heap_trial.o \
                      $(call objects,$(call strategy_c,$(1)) allocators/pages.c allocators/malloc_version.c $(wildcard base/*.c))
	$$(call say,LINK $$@)
	$$(Q)$(CC) $(LDFLAGS) $$^ -o $$@ -lcmocka -ldl -lm \
	    $(if $(MODULE_$(1)),$(shell pkg-config --libs $(MODULE_$(1)) 2>/dev/null))
endef
$(foreach c,$(CELLS),$(eval $(call heap_trial,$(c))))
$(B)/tests/heap-plugin-allocator: | $(B)/plugins/skeleton.so

# The same for every collector: tests/gc_trial*.c, and on skeleton_collector.so or HT_TEST_PLUGIN.
define gc_trial
$(B)/tests/obj/$(1)/%.o: tests/%.c
	@mkdir -p $$(@D)
	$$(call say,CC $$@)
	$$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) $$(flags_$(1)) -DHT_TEST_PLUGIN='"$(B)/plugins/skeleton_collector.so"' -c $$< -o $$@
$(B)/tests/gc-$(1): $(patsubst tests/%.c,$(B)/tests/obj/$(1)/%.o,$(wildcard tests/gc_trial*.c)) $(collector_objs) \
                    $(call objects,$(call strategy_c,$(1)) allocators/pages.c allocators/malloc_version.c $(wildcard base/*.c))
	$$(call say,LINK $$@)
	$$(Q)$(CC) $(LDFLAGS) $$^ -o $$@ -lcmocka -ldl -lm \
	    $(if $(MODULE_$(1)),$(shell pkg-config --libs $(MODULE_$(1)) 2>/dev/null))
endef
$(foreach c,$(COLLECTORS),$(eval $(call gc_trial,$(c))))
$(B)/tests/gc-plugin-collector: | $(B)/plugins/skeleton_collector.so

# Every workload for collectors on each of them: tests/mutator_trial.c.
define mutator_trial
$(B)/tests/mutators-$(1): $(B)/tests/obj/$(1)/mutator_trial.o $$(cells_objs_$(1)) $(collector_objs) $(collector_inside) \
                          $(B)/cells/obj/mutators_suite.o \
                          $(call objects,$(call strategy_c,$(1)) $(filter-out bench/suite.c,$(shared_srcs)) \
                                         $(wildcard base/*.c) allocators/pages.c allocators/malloc_version.c)
	$$(call say,LINK $$@)
	$$(Q)$(CC) $(LDFLAGS) $$^ -o $$@ -lcmocka -ldl -lm \
	    $(if $(MODULE_$(1)),$(shell pkg-config --libs $(MODULE_$(1)) 2>/dev/null))
endef
mutator_trials := $(filter-out plugin-collector,$(COLLECTORS))
$(foreach c,$(mutator_trials),$(eval $(call mutator_trial,$(c))))

# A random program in verify mode on each: tests/oracle_trial.c.
define oracle_trial
$(B)/tests/obj/$(1)/oracle_trial.o: flags_$(1) += -DHT_VERIFIED
$(B)/tests/oracle-$(1): $(B)/tests/obj/$(1)/oracle_trial.o $(oracle_objs) \
                        $(addprefix $(B)/cells/obj/$(1)/,$(addsuffix .o,$(collector_state) $(collector_faults))) \
                        $(call objects,$(call strategy_c,$(1)))
	$$(call say,LINK $$@)
	$$(Q)$(CC) $(LDFLAGS) $$^ -o $$@ -ldl -lm \
	    $(if $(MODULE_$(1)),$(shell pkg-config --libs $(MODULE_$(1)) 2>/dev/null))
endef
oracle_objs := $(collector_objs) $(collector_inside) \
               $(call objects,$(addprefix bench/,stop.c probe.c) $(wildcard base/*.c) allocators/pages.c allocators/malloc_version.c)
$(foreach c,$(COLLECTORS),$(eval $(call oracle_trial,$(c))))

# Mutants of them: tests/mutants. A changed .c file replaces its object; with a changed header all is compiled again.
strategy_part  = $(addprefix bench/,$(addsuffix .c,$(collector_state))) $(addprefix faults/,$(addsuffix .c,$(collector_faults))) \
                 tests/oracle_trial.c
shared_part   := $(patsubst $(B)/%.o,%.c,$(filter $(B)/allocators/%,$(collector_objs)))
part_of        = $(if $(filter %.h,$(2)),$(strategy_part) $(call strategy_c,$(1)) $(shared_part),$(2))
mutant_objs    = $(filter-out $(call objects,$(call part_of,$(1),$(2))),$(oracle_objs) $(call objects,$(call strategy_c,$(1)))) \
                 $(if $(filter %.h,$(2)),,$(addprefix $(B)/cells/obj/$(1)/,$(addsuffix .o,$(collector_state) $(collector_faults))) $(B)/tests/obj/$(1)/oracle_trial.o)
# $(1): the strategy, $(2): the fault, $(3): the file.
define mutant
$(B)/mutants/$(1).$(2)/oracle: tests/mutants/list tests/mutants/plant $(3) $(B)/tests/oracle-$(1)
	$$(call say,MUTANT $$@)
	$$(Q)tests/mutants/plant $(1).$(2) $$(@D)
	$$(Q)$(CC) -I$$(@D) $(filter-out -MMD -MP,$(CPPFLAGS)) $(CFLAGS) $(LDFLAGS) $$(flags_$(1)) -DHT_VERIFIED -DHT_TEST_PLUGIN='""' \
	    $(if $(filter %.c,$(3)),$$(@D)/$(3),$(call part_of,$(1),$(3))) $(call mutant_objs,$(1),$(3)) -o $$@ -ldl -lm
endef
mutants     := $(shell tests/mutants/plant)
mutants     := $(foreach c,$(COLLECTORS),$(filter $(c).%,$(mutants)))
$(foreach m,$(mutants),$(eval $(call mutant,$(word 1,$(subst ., ,$(m))),$(word 2,$(subst :, ,$(subst ., ,$(m)))),$(lastword $(subst :, ,$(m))))))
mutant_programs := $(foreach m,$(mutants),$(B)/mutants/$(firstword $(subst :, ,$(m)))/oracle)

mutants: $(mutant_programs) ## only collectors with a planted fault each, which must all be caught
	@HT_BUILD=$(B) tests/mutants/check

unit_programs := $(addprefix $(B)/tests/,$(unit_tests)) $(addprefix $(B)/tests/heap-,$(CELLS)) \
                 $(addprefix $(B)/tests/gc-,$(COLLECTORS)) $(addprefix $(B)/tests/mutators-,$(mutator_trials)) \
                 $(addprefix $(B)/tests/oracle-,$(COLLECTORS))

# Programs with a known mistake, and right ones, for the sweep (tests/cli/sweep_seeded.sh). Never sanitized: the C
# library is to find the damage.
seeded := $(patsubst tests/programs/%.c,$(B)/tests/programs/%,$(wildcard tests/programs/*.c))
$(B)/tests/programs/%: tests/programs/%.c
	@mkdir -p $(@D)
	$(call say,CC $@)
	$(Q)$(CC) -std=c11 -D_GNU_SOURCE -O1 -g -Wall -Wextra -Werror -fno-builtin -pthread $< -o $@

check-unit: $(unit_programs) plugins ## only the unit tests
	@HT_BUILD=$(B) tests/run $(unit_programs)

check-cli: all $(unit_programs) $(seeded) $(B)/tests/make_rows $(B)/tests/make_history ## only the command line
	@HT_BUILD=$(B) tests/run $(cli_tests)

check: all $(unit_programs) $(mutant_programs) $(seeded) $(B)/tests/make_rows $(B)/tests/make_history check-arrows check-headers ## every test, mutants too (some 8 minutes after the build)
	@HT_BUILD=$(B) tests/run $(unit_programs) tests/mutants/check $(cli_tests)

include tests/variants.mk

docs/columns.md: $(B)/tests/emit_columns ## from results/columns.h
	$< >$@.tmp && mv $@.tmp $@

# Two readers: of rows.csv, from a made-up run of one round on, and of a gate's config.
fuzz_csv         := tests/fuzz_csv.c $(addprefix results/,row.c rows.c names.c file.c)
fuzz_gate_config := tests/fuzz_gate_config.c base/nearest.c $(addprefix results/,gate_config.c gate_config_read.c file.c text.c)
fuzz_build        = clang $(CPPFLAGS) -std=c11 -O1 -g -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=undefined
fuzz_run          = -max_total_time=30 -max_len=4096 -artifact_prefix=$(B)/fuzz/
fuzz: $(B)/tests/make_rows ## fuzz the readers of rows.csv and of a gate's config for 30 s each (clang)
	@mkdir -p $(B)/fuzz/corpus $(B)/fuzz/configs $(B)/fuzz/run
	$< $(B)/fuzz/run 1
	head -n 4 $(B)/fuzz/run/rows.csv >$(B)/fuzz/corpus/rows
	printf 'strategy,workload,pass,outcome,reason,round,wall_ns\na,"b,""c""\n",d,e,f,1,2.5\n' >$(B)/fuzz/corpus/short
	$(fuzz_build) $(fuzz_csv) -o $(B)/fuzz/csv -lxxhash -lm
	$(B)/fuzz/csv $(fuzz_run) $(B)/fuzz/corpus
	printf '[subject]\nbuild = make # it\nplugin = a.so\n[cells]\nthreads = 1,2\nfault = shatter\ntiers = time\n' >$(B)/fuzz/configs/words
	printf '[run]\npairs = 6\nwindow = 0.5\ntwin = yes\nseed = 7\n[limits]\ntime = 2.5 %%\np99 = off\n' >$(B)/fuzz/configs/numbers
	$(fuzz_build) $(fuzz_gate_config) -o $(B)/fuzz/gate_config
	$(B)/fuzz/gate_config $(fuzz_run) $(B)/fuzz/configs

perf-results: $(B)/heaptrial $(B)/tests/make_rows ## time table and plots of 100,800 rows
	@mkdir -p $(B)/perf
	$(B)/tests/make_rows $(B)/perf 28
	bash -c 'time $(B)/heaptrial table $(B)/perf >/dev/null; time $(B)/heaptrial plot $(B)/perf'

# A thousand commits of a thousand rows each; making them takes longer than showing them.
perf-history: $(B)/heaptrial $(B)/tests/make_history ## time the history of 1,000,000 rows
	@mkdir -p $(B)/perf && rm -f $(B)/perf/history.sqlite
	$(B)/tests/make_history $(B)/perf/history.sqlite 1000
	bash -c 'time $(B)/heaptrial history show --file $(B)/perf/history.sqlite >/dev/null; \
	    time $(B)/heaptrial history show tlsf larson --file $(B)/perf/history.sqlite >/dev/null'

# Marking side by side with libgc's.
$(B)/tests/mark_speed.o: CPPFLAGS += $(shell pkg-config --cflags bdw-gc 2>/dev/null)
$(B)/tests/mark_speed: $(B)/tests/mark_speed.o $(collector_objs) \
                       $(call objects,$(call strategy_c,marksweep) $(wildcard base/*.c) allocators/pages.c)
	$(call say,LINK $@)
	$(Q)$(CC) $(LDFLAGS) $^ -o $@ $(shell pkg-config --libs bdw-gc 2>/dev/null) -lm -ldl

mark-speed: $(B)/tests/mark_speed ## marking against libgc's, with 64 MiB and 1 GiB live (a minute, 4 GiB)
	$< 64
	$< 1024 3

.PHONY: mutants check-unit check-cli fuzz mark-speed perf-history perf-results
