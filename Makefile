# heaptrial. `make help` lists the targets.
#
# Everything is built under $(B); a variant (sanitizers, coverage) is a build with another B and other flags.

B       ?= build
CC      := $(if $(filter default,$(origin CC)),gcc,$(CC))
CXX     := $(if $(filter default,$(origin CXX)),g++,$(CXX))
OPT     ?= -O2
VERSION := 0.1.0
PREFIX  ?= /usr/local

WARN     := -Wall -Wextra -Werror -Wshadow -Wstrict-prototypes -Wmissing-prototypes
# Messages are cut to their buffer on purpose.
WARN     += $(if $(findstring clang,$(CC)),,-Wno-format-truncation)
CPPFLAGS := -I. -D_GNU_SOURCE -DHT_VERSION='"$(VERSION)"' -MMD -MP
# free(malloc(1)) must be called, not optimised away.
CFLAGS   := -std=c11 $(OPT) -g $(WARN) -fno-omit-frame-pointer -fno-builtin-malloc -fno-builtin-calloc \
            -fno-builtin-realloc -fno-builtin-free -pthread $(SANITIZE)
CXXFLAGS := -std=c++17 $(OPT) -g -Wall -Wextra -Werror -pthread $(SANITIZE)
LDFLAGS  := -pthread $(SANITIZE)

.DEFAULT_GOAL := all
.DELETE_ON_ERROR:
.SECONDARY:
MAKEFLAGS += --no-builtin-rules

# Which optional packages are here, after scripts/deps has installed what it may. Not for targets that only
# talk or delete.
ifneq ($(filter-out help clean uninstall,$(or $(MAKECMDGOALS),all)),)
include $(B)/config.mk
endif
$(B)/config.mk: scripts/deps scripts/configure allocators/list.h
	@scripts/deps
	@mkdir -p $(@D)
	@scripts/configure >$@.tmp && mv $@.tmp $@

preloads := $(patsubst bench/preload/%.c,$(B)/%.so,$(wildcard bench/preload/*.c))
faults_so := $(B)/libheaptrial-faults.so
all: $(B)/heaptrial $(preloads) $(faults_so) $(B)/include/heaptrial/faults.h $(B)/by_hand cells faulty misuse-programs plugins compile_commands.json ## build the command, every cell and the sample plug-ins

# One short line a command; `make V=1` shows the commands.
Q   := $(if $(V),,@)
say  = $(if $(V),@:,@echo '  $(1)')

$(B)/%.o: %.c
	@mkdir -p $(@D)
	$(call say,CC $@)
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) -c $< -o $@
$(B)/%.o: %.cc
	@mkdir -p $(@D)
	$(call say,CXX $@)
	$(Q)$(CXX) $(CPPFLAGS) $(CXXFLAGS) -c $< -o $@

objects = $(addprefix $(B)/,$(addsuffix .o,$(basename $(1))))

# Stored baselines are of these flags.
$(B)/bench/machine.o $(B)/asan/bench/machine.o $(B)/pic/bench/machine.o: CPPFLAGS += -DHT_FLAGS='"$(strip $(OPT) $(SANITIZE))"'

# ---- cells: build/cells/<strategy>, every workload compiled for it, plain and probed ------------------------

# CELLS, COLLECTORS and MODULE_<cell> (a pkg-config module, or nothing) come from allocators/list.h by
# scripts/configure.
ids         = $(shell sed -n 's/^ *X(\([a-z0-9_]*\)).*/\1/p' bench/$(1)/list.h)
workloads  := $(call ids,workloads)
mutators   := $(call ids,mutators)
# What runs inside a cell only, compiled once for each strategy or not, and what the command links too, to know
# the workloads.
state_srcs  := bench/heap_state.c bench/collector_state.c bench/collector_heap.c bench/verified.c
inside_srcs := $(addprefix bench/,cell.c cell_job.c cell_options.c cell_run.c cell_try.c gbench.cc operator_new.cc) $(state_srcs)
shared_srcs := $(addprefix bench/,pass.c probe.c sampler.c stop.c suite.c team.c)
cell_objs   := $(call objects,$(filter-out $(state_srcs) bench/suite.c,$(inside_srcs) $(shared_srcs)) \
               $(wildcard base/*.c) allocators/pages.c allocators/malloc_version.c)
# What collectors share.
collector_objs := $(call objects,$(addprefix allocators/,blocks.c blocks_sweep.c blocks_walk.c budget.c cells.c \
                  cells_walk.c counted.c counted_verify.c linear.c safepoints.c specials.c))
collector_state := collector_state collector_heap verified
# Injectors: those that are compiled for each strategy, and what is compiled once. A collector's cell has a shadow, too.
collector_faults := cycles
allocator_faults := shatter
injected_objs   := $(call objects,faults/injectors.c faults/fault_plan.c faults/plan_words.c)
allocator_inside := $(injected_objs) $(B)/faults/allocator_injectors.o
collector_inside := $(injected_objs) $(call objects,faults/collector_injectors.c faults/cycle_lives.c $(wildcard bench/shadow*.c))
# Faults from outside: what starts processes links it (faults/boundary.h).
boundary_objs := $(call objects,$(addprefix faults/,at_main.c boundary.c cgroup.c control.c executable.c inject.c os_filter.c \
                 subject.c supervisor.c supervisor_loop.c symbols.c unwind.c) $(wildcard faults/sweep/*.c))
# allocators/<name>.c and <name>_*.c, but not those of another strategy whose name goes on from there (rc, rc-trial).
others       = $(subst -,_,$(filter $(1)-%,$(CELLS) $(COLLECTORS)))
strategy_c   = $(filter-out %_version.c $(foreach o,$(others),allocators/$(o).c allocators/$(o)_%.c),$(wildcard \
               $(addprefix allocators/$(subst -,_,$(1)),.c _*.c))) $(beneath_$(1))
# What a strategy stands on.
beneath_planted := allocators/tlsf.c

# $(1): the strategy, $(2): workloads or mutators, $(3): its state, $(4): its injectors, $(5): what it links beside.
define cell
cells_objs_$(1) := $$(foreach w,$$($(2)),$(B)/cells/obj/$(1)/$$(w).o $(B)/cells/obj/$(1)/$$(w).probed.o) \
                   $(addprefix $(B)/cells/obj/$(1)/,$(addsuffix .o,$(3) $(4)))
flags_$(1) := -DHT_STRATEGY_HEADER='"allocators/$(subst -,_,$(1)).h"' -DHT_STRATEGY='"$(1)"' \
              $(if $(MODULE_$(1)),$(shell pkg-config --cflags $(MODULE_$(1)) 2>/dev/null))
$(B)/cells/obj/$(1)/%.o: bench/$(2)/%.c
	@mkdir -p $$(@D)
	$$(call say,CC $$@)
	$$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) $$(flags_$(1)) -c $$< -o $$@
$(B)/cells/obj/$(1)/%.probed.o: bench/$(2)/%.c
	@mkdir -p $$(@D)
	$$(call say,CC $$@)
	$$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) $$(flags_$(1)) -DHT_PROBED -c $$< -o $$@
$(addprefix $(B)/cells/obj/$(1)/,$(addsuffix .o,$(3))): $(B)/cells/obj/$(1)/%.o: bench/%.c
	@mkdir -p $$(@D)
	$$(call say,CC $$@)
	$$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) $$(flags_$(1)) -c $$< -o $$@
$(addprefix $(B)/cells/obj/$(1)/,$(addsuffix .o,$(4))): $(B)/cells/obj/$(1)/%.o: faults/%.c
	@mkdir -p $$(@D)
	$$(call say,CC $$@)
	$$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) $$(flags_$(1)) -DHT_VERIFIED -c $$< -o $$@
$(B)/cells/$(1): $$(cells_objs_$(1)) $(cell_objs) $(B)/cells/obj/$(2)_suite.o $(5) $(call objects,$(call strategy_c,$(1)))
	$$(call say,LINK $$@)
	$$(Q)$(CXX) $(LDFLAGS) $$^ -o $$@ -lbenchmark -lm -ldl \
	    $(if $(MODULE_$(1)),$(shell pkg-config --libs $(MODULE_$(1)) 2>/dev/null))
endef
$(foreach c,$(CELLS),$(eval $(call cell,$(c),workloads,heap_state,$(allocator_faults),$(allocator_inside))))
$(foreach c,$(COLLECTORS),$(eval $(call cell,$(c),mutators,$(collector_state),$(collector_faults),$(collector_objs) $(collector_inside))))

# ---- cells for faults: build/cells/faulty/<strategy> ------------------------------------------------------------------
#
# A few workloads for allocators are compiled once more, with -DHT_FAULTY; those for collectors are the probed ones, and
# what is beneath them in verify mode is compiled anew. Nothing here is in a loop that is timed.

faulty_ids        = $(sort $(shell sed -n 's/^ *X.\([a-z0-9_]*\),.*/\1/p' bench/$(1)/faulty.h))
faulty_workloads := $(call faulty_ids,workloads)
faulty_mutators  := $(call faulty_ids,mutators)
faulty_objs      := $(call objects,$(wildcard faults/faulty*.c) faults/live_objects.c faults/os_filter.c faults/subject.c \
                    faults/supervisor.c faults/supervisor_loop.c bench/cell_job.c bench/cell_options.c) \
                    $(call objects,$(filter-out bench/suite.c,$(shared_srcs)) $(wildcard base/*.c) allocators/pages.c \
                    allocators/malloc_version.c)
# Always verified: bench/verified.c as a careful program does it.
faulty_allocator := careful_heap
faulty_collector := careful_collector

# $(1): the strategy, $(2): what is compiled once more, of bench/workloads, bench or faults, $(3): and what is not, $(4):
# what it links beside, $(5): its suite.
define faulty
$(B)/cells/obj/$(1)/%.faulty.o: bench/workloads/%.c
	@mkdir -p $$(@D)
	$$(call say,CC $$@)
	$$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) $$(flags_$(1)) -DHT_PROBED -DHT_FAULTY -c $$< -o $$@
$(B)/cells/obj/$(1)/%.faulty.o: bench/%.c
	@mkdir -p $$(@D)
	$$(call say,CC $$@)
	$$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) $$(flags_$(1)) -DHT_VERIFIED -DHT_FAULTY -c $$< -o $$@
$(B)/cells/obj/$(1)/%.faulty.o: faults/%.c
	@mkdir -p $$(@D)
	$$(call say,CC $$@)
	$$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) $$(flags_$(1)) -DHT_VERIFIED -DHT_FAULTY -c $$< -o $$@
$(B)/cells/faulty/$(1): $(addprefix $(B)/cells/obj/$(1)/,$(2:=.faulty.o) $(3:=.o)) $(faulty_objs) $(4) \
                        $(B)/cells/obj/$(5)_suite.o $(call objects,$(call strategy_c,$(1)))
	@mkdir -p $$(@D)
	$$(call say,LINK $$@)
	$$(Q)$(CC) $(LDFLAGS) $$^ -o $$@ -lm -ldl -lseccomp \
	    $(if $(MODULE_$(1)),$(shell pkg-config --libs $(MODULE_$(1)) 2>/dev/null))
endef
$(foreach c,$(CELLS),$(eval $(call faulty,$(c),$(faulty_workloads) $(faulty_allocator),heap_state $(allocator_faults),$(allocator_inside),faulty)))
$(foreach c,$(COLLECTORS),$(eval $(call faulty,$(c),verified $(faulty_collector),collector_state collector_heap \
    $(faulty_mutators:=.probed) $(collector_faults),$(collector_objs) $(collector_inside),faulty_mutators)))

faulty: $(patsubst %,$(B)/cells/faulty/%,$(CELLS) $(COLLECTORS)) ## build only the cells for faults

# The sources of a strategy, and its own test, see the headers of its library.
define sees_library
$(call objects,$(call strategy_c,$(1)) tests/test_$(subst -,_,$(1)).c): CPPFLAGS += $(shell pkg-config --cflags $(MODULE_$(1)) 2>/dev/null)
endef
$(foreach c,$(CELLS) $(COLLECTORS),$(if $(MODULE_$(c)),$(eval $(call sees_library,$(c)))))

# A cell knows the workloads of its own contract only.
$(B)/cells/obj/%_suite.o: bench/suite.c
	@mkdir -p $(@D)
	$(call say,CC $@)
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) -DHT_ONLY_$(shell echo $* | tr a-z A-Z) -c $< -o $@

cells: $(addprefix $(B)/cells/,$(CELLS) $(COLLECTORS)) ## build only the cells

# ---- misuse: build/misuse/<strategy>, every case linked to the strategy's operations --------------------------

misuse_cases := $(shell sed -n 's/^ *X(\([a-z0-9_]*\), .*).*/\1/p' faults/misuse/list.h)
misuse_srcs  := $(misuse_cases:%=faults/misuse/%.c) $(addprefix faults/misuse_,aids.c c.cc cases.c program.c stream.c)
misuse_base  := $(call objects,$(addprefix base/,loadable.c plugin_file.c) allocators/pages.c allocators/malloc_version.c)
define misuse
$(B)/misuse/obj/$(1)/subject.o: faults/misuse_subject.c
	@mkdir -p $$(@D)
	$$(call say,CC $$@)
	$$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) $$(flags_$(1)) -c $$< -o $$@
$(B)/misuse/$(1): $(B)/misuse/obj/$(1)/subject.o $(call objects,$(misuse_srcs)) $(misuse_base) $(call objects,$(call strategy_c,$(1)))
	$$(call say,LINK $$@)
	$$(Q)$(CXX) $(LDFLAGS) $$^ -o $$@ -ldl \
	    $(if $(MODULE_$(1)),$(shell pkg-config --libs $(MODULE_$(1)) 2>/dev/null))
endef
$(foreach c,$(CELLS),$(eval $(call misuse,$(c))))

# A reference, with the cases compiled for it too: AddressSanitizer. Its programs are those of malloc.
asan_flags := -fsanitize=address
$(B)/asan/%.o: %.c
	@mkdir -p $(@D)
	$(call say,CC $@)
	$(Q)$(CC) $(CPPFLAGS) $(filter-out $(SANITIZE),$(CFLAGS)) $(flags_malloc) $(asan_flags) -c $< -o $@
$(B)/asan/%.o: %.cc
	@mkdir -p $(@D)
	$(call say,CXX $@)
	$(Q)$(CXX) $(CPPFLAGS) $(filter-out $(SANITIZE),$(CXXFLAGS)) $(asan_flags) -c $< -o $@
asan_objects = $(addprefix $(B)/asan/,$(addsuffix .o,$(basename $(1))))
$(B)/misuse/malloc-asan: $(call asan_objects,faults/misuse_subject.c $(misuse_srcs) allocators/malloc_version.c)
	$(call say,LINK $@)
	$(Q)$(CXX) $(filter-out $(SANITIZE),$(LDFLAGS)) $(asan_flags) $^ -o $@ -ldl

# Its cell, to measure what it costs.
$(B)/asan/%.probed.o: %.c
	@mkdir -p $(@D)
	$(call say,CC $@)
	$(Q)$(CC) $(CPPFLAGS) $(filter-out $(SANITIZE),$(CFLAGS)) $(flags_malloc) -DHT_PROBED $(asan_flags) -c $< -o $@
$(B)/asan/bench/suite.o: CPPFLAGS += -DHT_ONLY_WORKLOADS
$(B)/cells/malloc-asan: $(foreach w,$(workloads),$(B)/asan/bench/workloads/$(w).o $(B)/asan/bench/workloads/$(w).probed.o) \
                        $(call asan_objects,bench/heap_state.c $(allocator_faults:%=faults/%.c) bench/suite.c $(allocator_inside:$(B)/%.o=%.c) \
                          $(filter-out $(state_srcs) bench/suite.c,$(inside_srcs) $(shared_srcs)) $(wildcard base/*.c) \
                          allocators/pages.c allocators/malloc_version.c)
	$(call say,LINK $@)
	$(Q)$(CXX) $(filter-out $(SANITIZE),$(LDFLAGS)) $(asan_flags) $^ -o $@ -lbenchmark -lm -ldl

misuse_programs := $(addprefix $(B)/misuse/,$(CELLS) malloc-asan) $(B)/cells/malloc-asan
misuse-programs: $(misuse_programs) ## build only the programs that misuse their heap
misuse: all ## what every allocator, debug allocator and sanitizer notices of misuse, and what it costs (15 minutes)
	$(B)/heaptrial misuse --cost

# ---- plug-ins: the documented skeleton, and the broken ones that the tests run --------------------------------

# What `make install` puts under include/heaptrial. Plug-ins are built against a copy, and against nothing else
# of the tree, as they are once they have been copied out of it.
public_headers := allocators/plugin.h allocators/collector_plugin.h
$(B)/include/heaptrial/%.h: allocators/%.h
	@mkdir -p $(@D)
	@cp $< $@
faults_header := faults/heaptrial_faults.h
$(B)/include/heaptrial/faults.h: $(faults_header)
	@mkdir -p $(@D)
	@cp $< $@

plugin_srcs := $(wildcard allocators/plugins/*.c faults/plugins/*.c)
plugins: $(patsubst %.c,$(B)/plugins/%.so,$(notdir $(plugin_srcs))) ## build only the sample plug-ins
vpath %.c allocators/plugins faults/plugins
$(B)/plugins/%.so: %.c $(public_headers:allocators/%=$(B)/include/heaptrial/%)
	@mkdir -p $(@D)
	$(call say,CC $@)
	$(Q)$(CC) -I$(B)/include -MMD -MP -MF $(@:.so=.d) -MT $@ $(CFLAGS) -fPIC -shared $< -o $@

# ---- preloads (never sanitized: what they are loaded into is not), and the loop by hand -----------------------

$(B)/%.so: bench/preload/%.c
	@mkdir -p $(@D)
	$(call say,CC $@)
	$(Q)$(CC) $(CPPFLAGS) $(filter-out $(SANITIZE),$(CFLAGS)) -fPIC -shared $< -o $@ -ldl

# What stands between a program and its allocator: to be preloaded or linked.
faults_so_objs := $(patsubst %.c,$(B)/pic/%.o,$(wildcard faults/preload/*.c) faults/fault_plan.c faults/plan_words.c base/nearest.c)
$(B)/pic/%.o: %.c
	@mkdir -p $(@D)
	$(call say,CC $@)
	$(Q)$(CC) $(CPPFLAGS) $(filter-out $(SANITIZE),$(CFLAGS)) -fPIC -fvisibility=hidden -ftls-model=initial-exec -c $< -o $@
$(faults_so): $(faults_so_objs)
	$(call say,LINK $@)
	$(Q)$(CC) -shared -Wl,--no-undefined -Wl,-soname,$(@F) $^ -o $@ -ldl

$(B)/by_hand: $(call objects,bench/floor/by_hand.c bench/stop.c)
	$(call say,LINK $@)
	$(Q)$(CC) $(LDFLAGS) $^ -o $@

# ---- the command ----------------------------------------------------------------------------------------------

# The parent's side: everything but what runs inside a cell. It links the workloads of the cells `malloc` and
# `semispace` to know their names and parameters.
misuse_objs := $(filter-out $(call objects,$(addprefix faults/misuse_,aids.c c.cc program.c stream.c subject.c)),\
               $(call objects,$(wildcard faults/misuse_*.c)))
host_objs := $(call objects,$(filter-out $(inside_srcs),$(wildcard bench/*.c)) $(wildcard base/*.c results/*.c) \
             $(wildcard allocators/semispace*.c) allocators/pages.c allocators/malloc_version.c) \
             $(cells_objs_malloc) $(filter-out %/collector_state.o,$(cells_objs_semispace)) $(collector_objs) \
             $(filter $(B)/faults/%,$(collector_inside)) $(B)/faults/faulty_sites.o $(boundary_objs) $(misuse_objs) $(B)/report_assets.o
host_libs := -ljansson -lseccomp -ldw -lsqlite3 -lxxhash -lm -ldl

# The style and the script of the report are built in, with their hashes.
report_assets := scripts/report/report.css scripts/report/report.js
$(B)/report_assets.c: scripts/report/embed $(report_assets)
	@mkdir -p $(@D)
	$(call say,EMBED $@)
	$(Q)scripts/report/embed $(report_assets) >$@.tmp && mv $@.tmp $@
$(B)/report_assets.o: $(B)/report_assets.c
	$(call say,CC $@)
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) -c $< -o $@

$(B)/heaptrial: $(call objects,$(wildcard cli/*.c)) $(host_objs)
	$(call say,LINK $@)
	$(Q)$(CC) $(LDFLAGS) $^ -o $@ $(host_libs)

# ---- tests ----------------------------------------------------------------------------------------------------

include tests/tests.mk

check-headers: ## every header compiles alone
	@scripts/check-headers $(public_headers) $(faults_header)

check-arrows: ## hold the direction of includes (docs/architecture.md)
	@scripts/check-arrows

# ---- the rest -------------------------------------------------------------------------------------------------

compile_commands.json: Makefile bench/workloads/list.h
	@scripts/compile-commands $(B) >$@.tmp && mv $@.tmp $@

docs/collectors.md: cells $(B)/heaptrial FORCE ## its table of capabilities, as the cells say
	@scripts/capabilities $(B) >$(B)/capabilities.md
	@sed -i -e '/^<!-- capabilities/,/^<!-- end/{//!d}' -e '/^<!-- capabilities/r $(B)/capabilities.md' $@
FORCE:

# ---- runs -----------------------------------------------------------------------------------------------------

bench: all ## all strategies through most workloads: CSV, table, plots, report (some 6 minutes)
	$(B)/heaptrial run --preset bench && $(B)/heaptrial report
bench-quick: all ## a look (under a minute)
	$(B)/heaptrial run --preset quick && $(B)/heaptrial report
bench-full: all ## everything, with programs, threads and instructions (hours)
	$(B)/heaptrial run --preset full && $(B)/heaptrial report
faults: all ## every strategy under every fault model: CSV, table, outcome matrix (10 minutes at most)
	$(B)/heaptrial faults
gate: all ## what repeats to the digit, against results/baseline: instructions and fault outcomes (2 minutes)
	$(B)/heaptrial gate --base results/baseline --config results/baseline/gate.conf
gate-selftest: all ## how often the gate is wrong here: the same twice, and planted changes (2 hours; goes on where it stopped)
	$(B)/heaptrial gate-selftest
programs: all ## whole programs under every drop-in allocator
	$(B)/heaptrial run --preset programs && $(B)/heaptrial report

sweep-demo: $(B)/heaptrial $(faults_so) ## programs of the distribution, each allocation failing (half an hour)
	scripts/sweep-programs results/sweeps

include scripts/install.mk

clean: ## delete what was built
	rm -rf build build-* compile_commands.json

help: ## this list
	@echo 'heaptrial $(VERSION): make TARGET'
	@sed -n 's/^\([a-z-]*\):[^#]*## \(.*\)/\1\t\2/p' $(MAKEFILE_LIST) | sort -u | expand -t 18

.PHONY: all sweep-demo bench bench-full bench-quick cells check check-arrows check-headers clean help faults faulty gate gate-selftest misuse \
        misuse-programs plugins programs
-include $(shell find $(B) -name '*.d' 2>/dev/null)
