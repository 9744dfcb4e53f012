// SPDX-License-Identifier: GPL-2.0-only
/* Bytes that grow: queues of output and texts under construction. */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "buf.h"
#include "json.h"

static bool reserve(struct buf *b, size_t more)
{
	size_t cap = b->cap ? b->cap : 256;
	char *data;

	if (b->failed)
		return false;
	while (cap - b->len < more)
		cap *= 2;
	if (cap == b->cap)
		return true;
	data = realloc(b->data, cap);
	if (!data) {
		b->failed = true;
		return false;
	}
	b->data = data;
	b->cap = cap;
	return true;
}

void buf_add(struct buf *b, const void *data, size_t len)
{
	if (!len || !reserve(b, len))
		return;
	memcpy(b->data + b->len, data, len);
	b->len += len;
}

void buf_printf(struct buf *b, const char *fmt, ...)
{
	va_list args;
	int len;

	va_start(args, fmt);
	len = vsnprintf(NULL, 0, fmt, args);
	va_end(args);
	if (len < 0 || !reserve(b, (size_t)len + 1))
		return;
	va_start(args, fmt);
	vsnprintf(b->data + b->len, (size_t)len + 1, fmt, args);
	va_end(args);
	b->len += (size_t)len;
}

/* A JSON string; bytes above 127 pass as they are, the kernel's texts being ASCII. */
void buf_json(struct buf *b, const char *text)
{
	char escaped[JSON_ESCAPE_BYTES];

	buf_add(b, "\"", 1);
	for (; *text; text++)
		buf_add(b, escaped, escape_json(escaped, (unsigned char)*text, JSON_UTF8));
	buf_add(b, "\"", 1);
}

void buf_free(struct buf *b)
{
	free(b->data);
	memset(b, 0, sizeof(*b));
}

/* Writes what the reader takes now. 0: go on later, or all is written; else a negative errno. */
int buf_flush(struct buf *b, int fd)
{
	while (b->done < b->len) {
		ssize_t n = write(fd, b->data + b->done, b->len - b->done);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return errno == EAGAIN ? 0 : -errno;
		b->done += (size_t)n;
	}
	/* A large reply gives its memory back: the next block needs it for samples. */
	if (b->cap > 65536)
		buf_free(b);
	b->len = b->done = 0;
	return 0;
}

/* Appends a whole file; files of /proc and /sys have no size, so it is read until its end. */
int buf_read_file(struct buf *b, const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	int err = 0;
	ssize_t n;

	if (fd < 0)
		return -errno;
	for (;;) {
		if (b->len > MAX_PAYLOAD) {
			err = -EFBIG;
			break;
		}
		if (!reserve(b, 65536)) {
			err = -ENOMEM;
			break;
		}
		n = read(fd, b->data + b->len, b->cap - b->len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			err = -errno;
		if (n <= 0)
			break;
		b->len += (size_t)n;
	}
	close(fd);
	return err;
}
