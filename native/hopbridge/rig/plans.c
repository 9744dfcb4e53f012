// SPDX-License-Identifier: GPL-2.0-only
/*
 * For the tests of the bridge: reads plans, each ended by a line "go", with the loader's own parser, built with the compiler's
 * sanitizers. Prints "taken PORTS" or "refused REASON" for each.
 */
#include "../plan/read_plan.h"
#include "../say.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

FILE *out;
static jmp_buf next;
static char why[32];

void refuse(const char *port, const char *reason, const char *cure, const char *fmt, ...)
{
	char text[4096];
	va_list ap;

	(void)port;
	(void)cure;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	snprintf(why, sizeof(why), "%s", reason);
	longjmp(next, 1);
}

/* What a refused plan left unread is behind its "go". */
static void skip_plan(struct lines *in)
{
	static char line[MAX_LINE];

	for (;;) {
		int length = take_line(in, line, sizeof(line));

		if (length >= 0 && !strcmp(line, "end"))
			return;
		if (length == -EMSGSIZE && in->end - in->start == sizeof(in->buffer))
			in->start = in->end;
		if (length < 0 && !read_more(in))
			exit(0);
	}
}

int main(void)
{
	static struct lines in = { .fd = STDIN_FILENO };
	static char *argv[] = { "plans", NULL };
	static struct plan plan;

	out = stdout;
	for (;;) {
		memset(&plan, 0, sizeof(plan));
		if (!setjmp(next)) {
			read_plan(&plan, &in, 1, argv);
			printf("taken %d\n", plan.n_ports);
		} else {
			printf("refused %s\n", why);
		}
		skip_plan(&in);
	}
}
