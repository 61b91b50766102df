# make install, with PREFIX and DESTDIR. The command finds the rest from where it lies itself: ../libexec/heaptrial
# is what it runs, ../share/heaptrial is what it reads (bench/strategy.c).

to        := $(DESTDIR)$(PREFIX)
installed := bin/heaptrial libexec/heaptrial share/heaptrial share/doc/heaptrial include/heaptrial \
             share/pkgconfig/heaptrial.pc share/pkgconfig/heaptrial-faults.pc lib/libheaptrial-faults.so \
             share/bash-completion/completions/heaptrial
commands  := $(shell sed -n 's/^ *X(\([a-z_]*\), .*).*/\1/p' cli/cli.h | tr _ -)
for_prefix := s|@PREFIX@|$(PREFIX)|; s|@VERSION@|$(VERSION)|
man_pages := $(addprefix $(B)/man/,heaptrial.1 $(commands:%=heaptrial-%.1))

# Without help2man there are no manual pages, and all else is installed.
$(B)/man/%.1: $(B)/heaptrial scripts/man-page
	@mkdir -p $(@D)
	$(call say,MAN $@)
	$(Q)scripts/man-page $(B)/heaptrial $* >$@.tmp && mv $@.tmp $@
man: $(if $(shell command -v help2man),$(man_pages)) ## the manual pages, by help2man

# The library for a user's own tests needs nothing of the rest.
install-faults: $(faults_so) ## install only libheaptrial-faults, its header and its example
	install -d $(addprefix $(to)/,lib include/heaptrial share/pkgconfig share/doc/heaptrial/example)
	install -m 644 $(faults_so) $(to)/lib
	install -m 644 $(faults_header) $(to)/include/heaptrial/faults.h
	install -m 644 faults/example/* $(to)/share/doc/heaptrial/example
	sed '$(for_prefix)' scripts/heaptrial-faults.pc.in >$(to)/share/pkgconfig/heaptrial-faults.pc

install: all man install-faults ## install under PREFIX (/usr/local), in DESTDIR
	install -d $(addprefix $(to)/,bin libexec/heaptrial/cells/faulty libexec/heaptrial/misuse libexec/heaptrial/plugins include/heaptrial \
	    share/heaptrial/scripts/programs share/doc/heaptrial/docs/images share/man/man1 share/pkgconfig \
	    share/bash-completion/completions)
	install -m 755 $(B)/heaptrial $(to)/bin
	install -m 755 $(addprefix $(B)/cells/,$(CELLS) malloc-asan) $(to)/libexec/heaptrial/cells
	install -m 755 $(addprefix $(B)/cells/faulty/,$(CELLS) $(COLLECTORS)) $(to)/libexec/heaptrial/cells/faulty
	install -m 755 $(filter $(B)/misuse/%,$(misuse_programs)) $(to)/libexec/heaptrial/misuse
	install -m 755 $(B)/by_hand $(to)/libexec/heaptrial
	install -m 644 $(preloads) $(to)/libexec/heaptrial
	install -m 644 $(patsubst %.c,$(B)/plugins/%.so,$(notdir $(wildcard allocators/plugins/*.c))) \
	    $(to)/libexec/heaptrial/plugins
	ln -sf ../../lib/$(notdir $(faults_so)) $(to)/libexec/heaptrial
	install -m 644 scripts/*.gp $(to)/share/heaptrial/scripts
	install -m 755 scripts/programs/* $(to)/share/heaptrial/scripts/programs
	install -m 644 $(public_headers) $(to)/include/heaptrial
	install -m 644 LICENSE README.md allocators/plugins/skeleton.c allocators/plugins/skeleton_collector.c \
	    $(to)/share/doc/heaptrial
	install -m 644 docs/*.md $(to)/share/doc/heaptrial/docs
	install -m 644 docs/images/* $(to)/share/doc/heaptrial/docs/images
	sed '$(for_prefix)' scripts/heaptrial.pc.in >$(to)/share/pkgconfig/heaptrial.pc
	install -m 644 scripts/completion.bash $(to)/share/bash-completion/completions/heaptrial
	$(if $(shell command -v help2man),install -m 644 $(man_pages) $(to)/share/man/man1,\
	    @echo 'no manual pages: help2man is not installed')

uninstall: ## take away what install has put there
	rm -rf $(addprefix $(to)/,$(installed) share/man/man1/heaptrial.1 $(commands:%=share/man/man1/heaptrial-%.1))

.PHONY: install install-faults man uninstall
