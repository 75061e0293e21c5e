# SPDX-License-Identifier: Apache-2.0
# One Makefile, no recursion into folders; `make help` lists the targets.

VERSION := 0.1.0
PREFIX  ?= /usr/local
B       ?= build
CC      := $(if $(filter default,$(origin CC)),gcc,$(CC))
JOBS    ?= $(shell nproc 2>/dev/null || echo 2)

PACKAGES := libarchive libevtx libvhdi libbfio libpcre2-8 icu-uc icu-i18n yaml-0.1 sqlite3 libcrypto \
	libdeflate expat libregf libseccomp

LIBS = -larchive -levtx -lvhdi -lbfio -lpcre2-8 -licui18n -licuuc -licudata -lyaml -lsqlite3 \
	-lcrypto -ldeflate -lexpat -lregf -lseccomp -lm -lpthread

WARN := -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wno-sign-conversion -Wstrict-prototypes \
	-Wmissing-prototypes -Wvla -Wwrite-strings -Wpointer-arith -Wformat=2 -Wundef
OPT    ?= -O2 -g
SAN    ?=
CFLAGS += -std=c17 -D_GNU_SOURCE -DCASELINE_VERSION='"$(VERSION)"' -I. -include analyzer/base/banned.h \
	-fno-strict-aliasing -fstack-protector-strong -fPIE $(OPT) $(WARN) $(SAN) $(EXTRA_CFLAGS)
LDFLAGS += -pie -Wl,-z,relro,-z,now $(SAN)

LIB_SRC  := $(filter-out analyzer/main.c,$(wildcard analyzer/*.c analyzer/*/*.c parsers/*.c \
	parsers/*/*.c reports/*.c))
FIX_SRC  := $(wildcard fixtures/*.c)
TEST_SRC := $(wildcard tests/*_test.c)
BENCH_SRC := $(wildcard tests/bench/*.c)
FUZZ_SRC := $(wildcard tests/fuzz/*_fuzz.c)
EMBED    := $(sort $(wildcard analyzer/knowledge/*.yaml analyzer/knowledge/*/*.yaml \
	parsers/formats/*.yaml reports/web/*.js reports/web/*.css))

LIB_OBJ  := $(LIB_SRC:%.c=$(B)/%.o) $(B)/embedded.o
LIB      := $(B)/libcaseline.a
FIX_OBJ  := $(FIX_SRC:%.c=$(B)/%.o)
TEST_OBJ := $(TEST_SRC:%.c=$(B)/%.o)

# What runs, in short; `make V=1` shows whole commands.
RUN = $(if $(V)$(findstring s,$(firstword -$(MAKEFLAGS))),,@printf '%-4s %s\n' $1 $@; )

.PHONY: all demo test soak test-browser faults asan tsan fuzz bench bench-report lint style install uninstall clean help
.SECONDARY:
.DELETE_ON_ERROR:

all: $(B)/caseline ## build build/caseline

# An archive, so that a test links only what it uses.
$(B)/libcaseline.a: $(LIB_OBJ)
	@rm -f $@
	$(call RUN,AR)$(AR) rcs $@ $^

$(B)/caseline: $(B)/analyzer/main.o $(LIB)
	$(call RUN,LD)$(CC) $(LDFLAGS) -o $@ $^ $(LIBS)

$(B)/mkfixture: $(FIX_OBJ) $(LIB)
	$(call RUN,LD)$(CC) $(LDFLAGS) -o $@ $^ $(LIBS)

$(B)/unit: $(TEST_OBJ) $(filter-out $(B)/fixtures/main.o,$(FIX_OBJ)) $(LIB)
	$(call RUN,LD)$(CC) $(LDFLAGS) -o $@ $^ $(LIBS) -lcriterion

$(B)/bench/%: $(B)/tests/bench/%.o $(LIB)
	@mkdir -p $(@D)
	$(call RUN,LD)$(CC) $(LDFLAGS) -o $@ $^ $(LIBS)

$(B)/fuzz-%: $(B)/tests/fuzz/%_fuzz.o $(filter-out $(B)/fixtures/main.o,$(FIX_OBJ)) $(LIB)
	$(call RUN,LD)$(CC) $(LDFLAGS) -fsanitize=fuzzer -o $@ $^ $(LIBS)

$(B)/%.o: %.c
	@mkdir -p $(@D)
	$(call RUN,CC)$(CC) $(CFLAGS) -MMD -MP -c -o $@ $<

# Changes when a data file comes or goes.
.PHONY: force
$(B)/embed.list: force
	@mkdir -p $(@D)
	@echo '$(EMBED)' | cmp -s - $@ || echo '$(EMBED)' > $@

# Data files go in as they are: a table of names and bytes, in sorted order.
$(B)/embedded.S: $(EMBED) $(B)/embed.list Makefile
	@mkdir -p $(@D)
	@{ printf '.section .data.rel.ro,"aw"\n.balign 8\n.globl embedded_files\nembedded_files:\n'; \
	n=0; for f in $(EMBED); do n=$$((n+1)); printf '.quad n%d, d%d, e%d - d%d\n' $$n $$n $$n $$n; done; \
	printf '.quad 0, 0, 0\n.section .rodata\n'; \
	n=0; for f in $(EMBED); do n=$$((n+1)); \
	printf 'n%d: .asciz "%s"\nd%d: .incbin "%s"\ne%d: .byte 0\n' $$n $$f $$n $$f $$n; done; \
	printf '.section .note.GNU-stack,"",@progbits\n'; } > $@

$(B)/embedded.o: $(B)/embedded.S
	$(call RUN,AS)$(CC) -c -o $@ $<

-include $(LIB_SRC:%.c=$(B)/%.d) $(FIX_SRC:%.c=$(B)/%.d) $(TEST_SRC:%.c=$(B)/%.d) $(BENCH_SRC:%.c=$(B)/%.d) \
	$(FUZZ_SRC:%.c=$(B)/%.d) $(B)/analyzer/main.d

# ---- Commands for people ----

demo: ## make a realistic bundle, analyze it, say where the report is
	@.ci/setup build
	@$(MAKE) --no-print-directory -j$(JOBS) $(B)/caseline $(B)/mkfixture
	@tests/demo.sh $(B)

test: ## everything that must hold; installs what is missing
	@.ci/setup build test
	@.ci/setup sarif || echo "test: goes on without python3-sarif-python-om" >&2
	@$(MAKE) --no-print-directory -j$(JOBS) $(B)/caseline $(B)/mkfixture $(B)/unit
	@tests/run.sh $(B)

soak: ## every scenario in other layouts and languages; some minutes
	@$(MAKE) --no-print-directory -j$(JOBS) $(B)/caseline $(B)/mkfixture
	@tests/soak.sh $(B)

faults: ## workers that are made to crash, hang and eat memory
	@.ci/setup build test
	@$(MAKE) --no-print-directory -j$(JOBS) B=$(B)/faults OPT="-O1 -g" \
		EXTRA_CFLAGS="$(EXTRA_CFLAGS) -DCASELINE_FAULTS" $(B)/faults/unit
	@$(B)/faults/unit --filter 'ingest_fault/*' --timeout 120

FUZZ_SECONDS ?= 60
fuzz: ## each fuzzer for FUZZ_SECONDS (60), with clang; findings stay in build/fuzz
	@.ci/setup build fuzz
	@$(MAKE) --no-print-directory -j$(JOBS) B=$(B)/fuzz CC=clang OPT="-O1 -g" \
		SAN="-fsanitize=address,undefined,fuzzer-no-link -fno-sanitize-recover=all" \
		$(FUZZ_SRC:tests/fuzz/%_fuzz.c=$(B)/fuzz/fuzz-%)
	@$(MAKE) --no-print-directory -j$(JOBS) $(B)/mkfixture && $(B)/mkfixture --fuzz-seeds $(B)/fuzz
	@for f in $(FUZZ_SRC:tests/fuzz/%_fuzz.c=%); do mkdir -p $(B)/fuzz/corpus-$$f; \
		LSAN_OPTIONS=suppressions=tests/lsan.supp:print_suppressions=0 $(B)/fuzz/fuzz-$$f -max_total_time=$(FUZZ_SECONDS) -timeout=30 -max_len=262144 -len_control=0 \
		-print_final_stats=1 -artifact_prefix=$(B)/fuzz/$$f- $(B)/fuzz/corpus-$$f \
		>$(B)/fuzz/$$f.log 2>&1 || { tail -60 $(B)/fuzz/$$f.log; exit 1; }; \
		echo "$$f: $$(grep -o 'cov: [0-9]*' $(B)/fuzz/$$f.log | tail -1 | tr -dc 0-9) edges," \
		"$$(sed -n 's/^stat::number_of_executed_units: *//p' $(B)/fuzz/$$f.log) runs"; done

test-browser: ## report.html in a headless Chromium
	@.ci/setup build browser
	@$(MAKE) --no-print-directory -j$(JOBS) $(B)/caseline $(B)/mkfixture $(B)/bench/report_page
	@tests/web/run.sh $(B)

asan: ## the tests under the address and undefined sanitizers
	@.ci/setup build test
	@$(MAKE) --no-print-directory -j$(JOBS) B=$(B)/asan OPT="-O1 -g" \
		SAN="-fsanitize=address,undefined -fno-sanitize-recover=all" \
		EXTRA_CFLAGS="$(EXTRA_CFLAGS) -DARENA_DEBUG" \
		$(B)/asan/caseline $(B)/asan/mkfixture $(B)/asan/unit
	@SANITIZER=asan tests/run.sh $(B)/asan

tsan: ## whole runs of the program under the thread sanitizer
	@.ci/setup build test
	@$(MAKE) --no-print-directory -j$(JOBS) B=$(B)/tsan OPT="-O1 -g" SAN="-fsanitize=thread" \
		$(B)/tsan/caseline $(B)/tsan/mkfixture
	@SANITIZER=tsan tests/run.sh $(B)/tsan

bench: ## speed as ratios: to unpacking alone, to libevtx; steps an event
	@.ci/setup build bench
	@$(MAKE) --no-print-directory -j$(JOBS) $(B)/caseline $(B)/mkfixture \
		$(BENCH_SRC:tests/bench/%.c=$(B)/bench/%)
	@tests/bench/run.sh $(B)

bench-report: ## the page of one and two million events in a real browser; EVIDENCE=... for real ones too
	@.ci/setup build browser
	@$(MAKE) --no-print-directory -j$(JOBS) $(B)/bench/report_page $(B)/bench/real_page
	@tests/web/bench.sh $(B)

style: ## sizes of functions and files, arrows of includes
	@.ci/setup lint
	@tests/style.sh

lint: ## clang-tidy and cppcheck
	@.ci/setup build lint
	@tests/lint.sh $(LIB_SRC) analyzer/main.c $(FIX_SRC)

install: $(B)/caseline ## into DESTDIR/PREFIX
	install -d $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(PREFIX)/share/doc/caseline
	install -m 755 $(B)/caseline $(DESTDIR)$(PREFIX)/bin/caseline
	install -m 644 README.md LICENSE NOTICE docs/*.md $(DESTDIR)$(PREFIX)/share/doc/caseline
	install -d $(DESTDIR)$(PREFIX)/share/man/man1
	install -m 644 docs/caseline.1 $(DESTDIR)$(PREFIX)/share/man/man1/caseline.1

uninstall: ## what install put there
	rm -f $(DESTDIR)$(PREFIX)/bin/caseline $(DESTDIR)$(PREFIX)/share/man/man1/caseline.1
	rm -rf $(DESTDIR)$(PREFIX)/share/doc/caseline

clean: ## remove build/
	rm -rf $(B)

help: ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  \1\t\2/p' $(MAKEFILE_LIST) | expand -t 18
