// SPDX-License-Identifier: GPL-2.0-only
/* Results as lines of JSON on stdout. */
#include "ladder.h"
#include "result.h"
#include "words.h"

#include <inttypes.h>
#include <stdarg.h>
#include <string.h>

/* Its texts are in itself: it must not be copied. */
void start_result(struct result *r, enum rung rung)
{
	memset(r, 0, sizeof(*r));
	r->rung = rung;
	r->detail = (struct text){ .at = r->detail_bytes, .size = sizeof(r->detail_bytes) };
	r->data = (struct text){ .at = r->data_bytes, .size = sizeof(r->data_bytes) };
}

/* Appends to the detail of a result, parts divided by "; ". */
void say(struct result *r, const char *format, ...)
{
	va_list args;

	if (r->detail.used)
		put(&r->detail, "; ");
	va_start(args, format);
	put_args(&r->detail, format, args);
	va_end(args);
}

void put_data(struct result *r, const char *key, const char *value)
{
	put(&r->data, "%s\"%s\":", r->data.used ? "," : "", key);
	put_string(&r->data, value);
}

void put_number(struct result *r, const char *key, int64_t value)
{
	put(&r->data, "%s\"%s\":%" PRId64, r->data.used ? "," : "", key, value);
}

void print_result(const struct result *r, double ms)
{
	static char bytes[8192];
	struct text line = { .at = bytes, .size = sizeof(bytes) };

	put(&line, "{\"rung\":\"%s\",\"outcome\":\"%s\",\"sent\":%d,\"answered\":%d,\"errno\":", rung_name(r->rung),
	    r->passed ? "pass" : "fail", r->sent, r->answered);
	if (r->err)
		put_string(&line, errno_name(r->err));
	else
		put(&line, "null");
	put(&line, ",\"detail\":");
	put_string(&line, r->detail.at);
	/* Data that did not fit is not valid JSON. */
	put(&line, ",\"data\":{%s},\"ms\":%.3f}", r->data.overflow ? "" : r->data.at, ms);
	puts(line.at);
	fflush(stdout);
}
