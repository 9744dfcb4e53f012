// SPDX-License-Identifier: GPL-2.0-only
/* Tells the user, in JSON and in words, and keeps what is to be said later. */
#include "say.h"
#include "json.h"

#include <net/if.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#define MAX_NOTES 256
#define MAX_TEXT 512

static struct remark {
	char port[IFNAMSIZ];
	char text[MAX_TEXT];
} notes[MAX_NOTES];
static int n_notes;
FILE *out;

void print_json_string(const char *text)
{
	print_json(out, text, JSON_UTF8);
}

void fill_in(char *to, size_t size, const char *cure, const char *port)
{
	const char *dev = port ? strstr(cure, "DEV") : NULL;

	if (dev)
		snprintf(to, size, "%.*s%s%s", (int)(dev - cure), cure, port, dev + 3);
	else
		snprintf(to, size, "%s", cure);
}

void refuse(const char *port, const char *reason, const char *cure_text, const char *fmt, ...)
{
	char text[4096], cure[1024];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	fill_in(cure, sizeof(cure), cure_text, port);
	out = stdout;
	fputs("refused {\"port\":", stdout);
	if (port)
		print_json_string(port);
	else
		fputs("null", stdout);
	fputs(",\"reason\":", stdout);
	print_json_string(reason);
	fputs(",\"message\":", stdout);
	print_json_string(text);
	fputs(",\"cure\":", stdout);
	print_json_string(cure);
	puts("}");
	fflush(stdout);
	fprintf(stderr, "hoplab-bridge: %s%s%s\n  cure: %s\n", port ? port : "", port ? ": " : "", text, cure);
	exit(1);
}

void note(const char *port, const char *fmt, ...)
{
	struct remark *remark = &notes[n_notes < MAX_NOTES ? n_notes++ : MAX_NOTES - 1];
	va_list ap;

	snprintf(remark->port, sizeof(remark->port), "%s", port);
	va_start(ap, fmt);
	vsnprintf(remark->text, sizeof(remark->text), fmt, ap);
	va_end(ap);
}

void print_notes(void)
{
	for (int i = 0; i < n_notes; i++) {
		fputs(i ? ",{\"port\":" : "{\"port\":", out);
		print_json_string(notes[i].port);
		fputs(",\"text\":", out);
		print_json_string(notes[i].text);
		putc('}', out);
	}
}

void reply_error(const char *fmt, ...)
{
	char text[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	fputs("{\"error\":", out);
	print_json_string(text);
	fputs("}\n", out);
}
