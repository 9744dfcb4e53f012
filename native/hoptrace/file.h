/* SPDX-License-Identifier: GPL-2.0-only */
/* The file: blocks of records, between two JSON documents. */
#ifndef HOPLAB_HOPTRACE_FILE_H
#define HOPLAB_HOPTRACE_FILE_H

#include "record.h"

#include <stddef.h>

#define BLOCK_RECORDS_MAX 8192
struct file {
	int fd;
	__u32 mechanism;	/* 0 = MECHANISM_BPF */
	int err;		/* of the first write that failed; nothing is written after it */
	__u64 flushed_ns;
	__u32 held;		/* records in the block under construction */
	struct { struct block_head head; struct record records[BLOCK_RECORDS_MAX]; } block;
};
/* The path "-" is stdout. */
int open_file(struct file *file, const char *path, const char *json);
void put_record(struct file *file, const struct record *record);
void flush_file(struct file *file);
/* A block of any other kind, padded to a multiple of 8. */
void put_block(struct file *file, __u32 kind, const void *bytes, size_t length);
int end_file(struct file *file, const char *json);

#endif
