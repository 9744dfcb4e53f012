/* SPDX-License-Identifier: GPL-2.0-only */
/* JSON strings. */
#ifndef HOPLAB_JSON_H
#define HOPLAB_JSON_H

#include <stddef.h>
#include <stdio.h>

/* What becomes of bytes that are no ASCII: escaped one by one, or left to be the UTF-8 that they are. */
enum json_bytes { JSON_ASCII, JSON_UTF8 };

#define JSON_ESCAPE_BYTES 8
/* One byte as it stands within a string, ended by a 0: how many bytes that takes. */
size_t escape_json(char to[JSON_ESCAPE_BYTES], unsigned char c, enum json_bytes bytes);
/* The text as a string, with its quotes. */
void print_json(FILE *out, const char *text, enum json_bytes bytes);

#endif
