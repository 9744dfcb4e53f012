// SPDX-License-Identifier: GPL-2.0-only
/* Writes JSON strings. */
#include "json.h"

size_t escape_json(char to[JSON_ESCAPE_BYTES], unsigned char c, enum json_bytes bytes)
{
	const char *format = "%c";

	if (c == '"' || c == '\\')
		format = "\\%c";
	else if (c < 0x20 || (c > 0x7e && bytes == JSON_ASCII))
		format = "\\u%04x";
	return (size_t)snprintf(to, JSON_ESCAPE_BYTES, format, c);
}

void print_json(FILE *out, const char *text, enum json_bytes bytes)
{
	char escaped[JSON_ESCAPE_BYTES];

	fputc('"', out);
	for (; *text; text++) {
		escape_json(escaped, (unsigned char)*text, bytes);
		fputs(escaped, out);
	}
	fputc('"', out);
}
