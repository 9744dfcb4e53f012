/* SPDX-License-Identifier: GPL-2.0-only */
/* Bytes that grow. */
#ifndef HOPLAB_AGENT_BUF_H
#define HOPLAB_AGENT_BUF_H

#include <stdbool.h>
#include <stddef.h>

#define MAX_PAYLOAD (64u << 20) /* of an order or a reply */

struct buf {
	char *data;
	size_t len, cap, done; /* done: how much of it has been written out */
	bool failed;           /* memory ran out: the content is not complete */
};

void buf_add(struct buf *b, const void *data, size_t len);
void buf_printf(struct buf *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void buf_json(struct buf *b, const char *text);
void buf_free(struct buf *b);
int buf_flush(struct buf *b, int fd);
int buf_read_file(struct buf *b, const char *path);

#endif
