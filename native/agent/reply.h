/* SPDX-License-Identifier: GPL-2.0-only */
/* Replies, queued until the port takes them. */
#ifndef HOPLAB_AGENT_REPLY_H
#define HOPLAB_AGENT_REPLY_H

#include "buf.h"

extern struct buf port_out;

void reply_ok(const char *id, const void *data, size_t len);
void reply_text(const char *id, const char *text);
/* Replies with the content and frees it; an error where memory ran out while it was made. */
void reply_buf(const char *id, struct buf *b);
void reply_error(const char *id, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

#endif
