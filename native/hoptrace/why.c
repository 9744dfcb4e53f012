// SPDX-License-Identifier: GPL-2.0-only
/* Why the kernel refused something, in one line. */
#include "loader.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

static char said[4096];
static bool told;	/* what was said is the reason; what comes after it says less */

/* The last complaint before a failure: libbpf repeats the verifier's log, whose last lines tell. */
static int keep_last(enum libbpf_print_level level, const char *format, va_list args)
{
	static char line[65536];
	size_t length, skip;

	if (level != LIBBPF_WARN || told)
		return 0;
	vsnprintf(line, sizeof(line), format, args);
	told = strstr(line, "BEGIN PROG LOAD LOG") || strstr(line, "failed to find kernel BTF");
	length = strlen(line);
	skip = length < sizeof(said) ? 0 : length - sizeof(said) + 1;
	memcpy(said, line + skip, length - skip + 1);
	return 0;
}

/* One line of why: the verifier's word before its summary, else libbpf's, else the errno's. */
void explain(char *why, size_t size, int err)
{
	char *end = strstr(said, "\nprocessed ");
	const char *line;

	if (end)
		*end = 0;
	for (size_t last = strlen(said); last && said[last - 1] == '\n';)
		said[--last] = 0;
	line = strrchr(said, '\n');
	line = line ? line + 1 : said;
	if (!strncmp(line, "libbpf: failed to load", 22))
		line = ""; /* as much as the errno says */
	snprintf(why, size, "%s%s%.200s", strerror(abs(err)), *line ? ": " : "", line);
}

void forget_said(void)
{
	said[0] = 0;
	told = false;
}

void listen_to_libbpf(void)
{
	libbpf_set_print(keep_last);
}
