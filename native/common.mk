# SPDX-License-Identifier: GPL-2.0-only
# Builds a native tool: one static binary for hosts and guests. The tool's Makefile says what it is made of, and includes this:
#   TOOL     its name: hoplab-TOOL, unless OUT=PATH says otherwise
#   FOLDERS  those of its folders that hold C files of it
#   SOURCES  its C files, all of these folders and its own unless it says so
#   LIB      those of native/lib that it uses
#   BPF      its BPF program, which becomes part of the binary
#   SYSROOT  where usr/ with the libraries of another architecture lies, for a tool with BPF that is built for that
# Without BPF musl keeps it small; plain gcc -static works too. Another architecture: make CC=aarch64-linux-gnu-gcc
# With BPF it needs clang (any that has a BPF target), libbpf, libelf and zlib with their static libraries. No vmlinux.h: the few
# kernel structures that are read are declared where they are read, and found by BTF when the object is loaded.

NATIVE := $(dir $(abspath $(lastword $(MAKEFILE_LIST))))
OUT ?= hoplab-$(TOOL)
SOURCES ?= $(filter-out %.bpf.c,$(wildcard *.c $(FOLDERS:%=%/*.c)))
HEADERS := $(wildcard *.h */*.h $(NATIVE)lib/*)
LIB_SOURCES := $(LIB:%=$(NATIVE)lib/%.c)

ifeq ($(origin CC),default)
CC := $(if $(BPF),gcc,$(shell command -v musl-gcc >/dev/null 2>&1 && echo musl-gcc || echo gcc))
endif
MULTIARCH := $(shell $(CC) -print-multiarch)

ifneq ($(SYSROOT),)
override CPPFLAGS += -I$(SYSROOT)/usr/include -I$(SYSROOT)/usr/include/$(MULTIARCH)
override LDFLAGS += -L$(SYSROOT)/usr/lib/$(MULTIARCH)
endif

CFLAGS ?= -O2
WARNINGS := -Wall -Wextra -Werror -Wformat=2 -Wno-format-nonliteral -Wstrict-prototypes -Wmissing-prototypes -Wvla
HARDENING := -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2 -fstack-protector-strong -fstack-clash-protection
LINK_HARDENING := -Wl,-z,relro,-z,now,-z,noexecstack
ifneq ($(findstring musl,$(CC)),)
# Its wrapper knows no -static-pie, and brings no headers of the kernel: the system's come last.
LINK_HARDENING += -static
override CPPFLAGS += -idirafter /usr/include -idirafter /usr/include/$(MULTIARCH)
else
HARDENING += -fPIE
LINK_HARDENING += -static-pie
endif
ALL_CFLAGS := -std=gnu11 -D_GNU_SOURCE= -I$(NATIVE)lib $(WARNINGS) $(HARDENING) -ffunction-sections -fdata-sections $(CFLAGS)
ALL_LDFLAGS := $(LINK_HARDENING) -s -Wl,--gc-sections,--build-id=none $(LDFLAGS)

ifneq ($(BPF),)
CLANG ?= $(shell command -v clang || ls /usr/bin/clang-[0-9]* 2>/dev/null | sort -V | tail -1)
BPF_OBJECT := $(OUT).bpf.o
# Debian keeps asm/ in a folder per architecture, which clang's BPF target does not know; another architecture's is elsewhere.
BPF_FLAGS := -target bpf -mcpu=v3 -g -O2 -Wall -Wextra -Werror -Wno-unused-parameter -I/usr/include/$(MULTIARCH) -I/usr/$(MULTIARCH)/include \
	-DTARGET_$(firstword $(subst -, ,$(MULTIARCH))) $(BPF_CFLAGS)
EMBED := -DBPF_OBJECT='"$(abspath $(BPF_OBJECT))"' $(NATIVE)lib/object.S
LIBS := -lbpf -lelf -lz
endif

$(OUT): $(SOURCES) $(LIB_SOURCES) $(HEADERS) $(BPF_OBJECT) $(NATIVE)common.mk Makefile
	@mkdir -p $(dir $@)
	$(CC) $(ALL_CFLAGS) $(CPPFLAGS) $(EMBED) $(SOURCES) $(LIB_SOURCES) $(ALL_LDFLAGS) $(LIBS) -o $@.$$$$ && mv $@.$$$$ $@

ifneq ($(BPF),)
$(BPF_OBJECT): $(BPF) $(HEADERS) $(NATIVE)common.mk Makefile
	@mkdir -p $(dir $@)
	$(CLANG) $(BPF_FLAGS) -c $(BPF) -o $@.$$$$ && mv $@.$$$$ $@
endif

.PHONY: clean
clean:
	rm -f $(OUT) $(BPF_OBJECT)
