/* SPDX-License-Identifier: GPL-2.0-only */
/* The way of the kernel's pages to the file. */
#ifndef HOPLAB_HOPTRACE_TRACEFS_PAGES_H
#define HOPLAB_HOPTRACE_TRACEFS_PAGES_H

#include "../file.h"
#include "setup.h"

#define BLOCK_BYTES (256 << 10)

/* What goes to the file: pages of one pipe until they fill a block. */
struct pages {
	struct file file;
	struct gathered { __u32 stream, cpu; unsigned char bytes[BLOCK_BYTES]; } gathered;
	size_t n_gathered;
	__u64 written;
};

/* All that is there now; what comes before `until` has been read then. */
int drain_streams(const struct tracefs *trace, struct pages *pages, __u64 until);

#endif
