// SPDX-License-Identifier: GPL-2.0-only
/* Text in a fixed place. */
#include "text.h"
#include "json.h"

#include <stdio.h>

void put_args(struct text *t, const char *format, va_list args)
{
	int n = vsnprintf(t->at + t->used, t->size - t->used, format, args);

	if (n < 0 || (size_t)n >= t->size - t->used) {
		t->overflow = true;
		t->at[t->used] = 0;
	} else {
		t->used += n;
	}
}

void put(struct text *t, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	put_args(t, format, args);
	va_end(args);
}

void put_string(struct text *t, const char *s)
{
	char escaped[JSON_ESCAPE_BYTES];

	put(t, "\"");
	for (; *s; s++) {
		escape_json(escaped, (unsigned char)*s, JSON_ASCII);
		put(t, "%s", escaped);
	}
	put(t, "\"");
}
