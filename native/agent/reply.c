// SPDX-License-Identifier: GPL-2.0-only
/* Queues the replies to orders. */
#include "reply.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

struct buf port_out;

void reply_ok(const char *id, const void *data, size_t len)
{
	buf_printf(&port_out, "%s ok %zu\n", id, len);
	buf_add(&port_out, data, len);
}

void reply_text(const char *id, const char *text)
{
	reply_ok(id, text, strlen(text));
}

void reply_buf(const char *id, struct buf *b)
{
	if (b->failed)
		reply_error(id, "out of memory");
	else
		reply_ok(id, b->data, b->len);
	buf_free(b);
}

void reply_error(const char *id, const char *fmt, ...)
{
	char text[512];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	buf_printf(&port_out, "%s error %zu\n%s", id, strlen(text), text);
}
