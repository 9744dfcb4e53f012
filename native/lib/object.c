// SPDX-License-Identifier: GPL-2.0-only
/* Opens the BPF object, and keeps what libbpf says while it is loaded. */
#include "object.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

extern const char bpf_object_start[], bpf_object_end[];

/* libbpf hands its words to a function without a context. */
static struct {
	char text[4096];
	bool told;	/* it is the reason; what comes after it says less */
} said;

/* The last complaint before a failure: libbpf repeats the verifier's log, whose last lines tell. */
static int keep_last(enum libbpf_print_level level, const char *format, va_list args)
{
	static char line[1 << 20];
	size_t length, skip;

	if (level != LIBBPF_WARN || said.told)
		return 0;
	vsnprintf(line, sizeof(line), format, args);
	said.told = strstr(line, "BEGIN PROG LOAD LOG") || strstr(line, "failed to find kernel BTF");
	length = strlen(line);
	skip = length < sizeof(said.text) ? 0 : length - sizeof(said.text) + 1;
	memcpy(said.text, line + skip, length - skip + 1);
	return 0;
}

struct bpf_object *open_object(const char *name, const char *file)
{
	LIBBPF_OPTS(bpf_object_open_opts, options, .object_name = name);

	libbpf_set_print(keep_last);
	said.text[0] = 0;
	said.told = false;
	if (file)
		return bpf_object__open_file(file, &options);
	return bpf_object__open_mem(bpf_object_start, bpf_object_end - bpf_object_start, &options);
}

void choose_program(struct bpf_object *object, const char *name)
{
	struct bpf_program *program;

	bpf_object__for_each_program(program, object)
		bpf_program__set_autoload(program, name && !strcmp(bpf_program__name(program), name));
}

/* Without the verifier's summary, and what comes after it. */
static void cut_summary(void)
{
	char *end = strstr(said.text, "\nprocessed ");

	if (end)
		*end = 0;
	for (size_t last = strlen(said.text); last && said.text[last - 1] == '\n';)
		said.text[--last] = 0;
}

const char *last_said(int lines)
{
	const char *start;

	cut_summary();
	start = said.text + strlen(said.text);
	for (; start > said.text; start--)
		if (start[-1] == '\n' && !--lines)
			break;
	return start;
}

void explain(char *why, size_t size, int err)
{
	const char *line = last_said(1);

	if (!strncmp(line, "libbpf: failed to load", 22))
		line = ""; /* as much as the errno says */
	snprintf(why, size, "%s%s%.300s", strerror(abs(err)), *line ? ": " : "", line);
}
