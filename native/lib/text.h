/* SPDX-License-Identifier: GPL-2.0-only */
/* Text that grows in a fixed place; what does not fit is left out and marked. */
#ifndef HOPLAB_TEXT_H
#define HOPLAB_TEXT_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

struct text {
	char *at;
	size_t size, used;
	bool overflow;		/* looked at once, at the end */
};

void put(struct text *t, const char *format, ...) __attribute__((format(printf, 2, 3)));
void put_args(struct text *t, const char *format, va_list args) __attribute__((format(printf, 2, 0)));
/* As a JSON string. */
void put_string(struct text *t, const char *s);

#endif
