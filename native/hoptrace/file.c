// SPDX-License-Identifier: GPL-2.0-only
/* Writes the file, block by block: what was written stays readable whatever happens after. */
#include "file.h"
#include "clock.h"
#include "write.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

static size_t padded(size_t bytes)
{
	return (bytes + 7) & ~(size_t)7;
}

int open_file(struct file *file, const char *path, const char *json)
{
	struct file_head head = {
		.magic = TRACE_MAGIC, .version = TRACE_VERSION,
		.mechanism = file->mechanism ? file->mechanism : MECHANISM_BPF,
		.record_bytes = sizeof(struct record), .header_bytes = padded(strlen(json)),
	};
	int err;

	file->fd = STDOUT_FILENO;
	if (strcmp(path, "-")) {
		file->fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
		if (file->fd < 0)
			return -errno;
	}
	err = write_all(file->fd, &head, sizeof(head));
	if (!err)
		err = write_all(file->fd, json, strlen(json));
	if (!err)
		err = write_all(file->fd, "       ", head.header_bytes - strlen(json));
	file->flushed_ns = now_ns();
	return err;
}

static void seal(struct block_head *head, __u32 kind, const void *bytes, size_t length)
{
	head->magic = BLOCK_MAGIC;
	head->kind = kind;
	head->bytes = length;
	head->crc32 = crc32(crc32(0, Z_NULL, 0), bytes, length);
}

void flush_file(struct file *file)
{
	size_t bytes = file->held * sizeof(struct record);

	file->flushed_ns = now_ns();
	if (!file->held)
		return;
	seal(&file->block.head, BLOCK_RECORDS, file->block.records, bytes);
	if (!file->err)
		file->err = write_all(file->fd, &file->block, sizeof(file->block.head) + bytes);
	file->held = 0;
}

void put_record(struct file *file, const struct record *record)
{
	file->block.records[file->held++] = *record;
	if (file->held == BLOCK_RECORDS_MAX)
		flush_file(file);
}

void put_block(struct file *file, __u32 kind, const void *bytes, size_t length)
{
	struct block_head head;

	seal(&head, kind, bytes, length);
	if (!file->err)
		file->err = write_all(file->fd, &head, sizeof(head));
	if (!file->err)
		file->err = write_all(file->fd, bytes, length);
	if (!file->err)
		file->err = write_all(file->fd, "\0\0\0\0\0\0\0", padded(length) - length);
}

int end_file(struct file *file, const char *json)
{
	struct block_head head;
	size_t length = strlen(json);
	int err;

	seal(&head, BLOCK_TRAILER, json, length);
	err = write_all(file->fd, &head, sizeof(head));
	if (!err)
		err = write_all(file->fd, json, length);
	if (!err)
		err = write_all(file->fd, "       ", padded(length) - length);
	if (!err && file->fd != STDOUT_FILENO && close(file->fd))
		err = -errno;
	return err;
}
