// SPDX-License-Identifier: GPL-2.0-only
/* Reads the plan from stdin: a line a hop, the limits, "go". */
#include "capture.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MAX_WORDS 8

/* Byte by byte, so that nothing is buffered: after the plan stdin is only watched for its end. */
static ssize_t read_line(char *line, size_t size)
{
	size_t used = 0;
	char c;

	for (;;) {
		ssize_t got = read(STDIN_FILENO, &c, 1);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return -1;
		if (c == '\n')
			break;
		if (used + 1 == size)
			return -1;
		line[used++] = c;
	}
	line[used] = 0;
	return used;
}

static int bad(const char *what, const char *value)
{
	fprintf(stderr, "hoplab-capture: plan: %s %s: not understood or out of range\n", what, value);
	return -EINVAL;
}

static bool parse_number(const char *text, uint64_t most, uint64_t *value)
{
	char *end;

	errno = 0;
	*value = strtoull(text, &end, 10);
	return !errno && end != text && !*end && text[0] != '-' && *value >= 1 && *value <= most;
}

static int add_hop(struct plan *plan, char **words, int n)
{
	struct hop *hop = &plan->hops[plan->n_hops];

	if (n != 3 && !(n == 5 && !strcmp(words[3], "netns")))
		return bad("hop", n > 1 ? words[1] : "");
	if (plan->n_hops == MAX_HOPS)
		return bad("hop", "(too many)");
	if (strlen(words[1]) >= sizeof(hop->name) || strlen(words[2]) >= sizeof(hop->device))
		return bad("hop", words[1]);
	if (n == 5 && strlen(words[4]) >= sizeof(hop->netns))
		return bad("netns", words[4]);
	strcpy(hop->name, words[1]);
	strcpy(hop->device, words[2]);
	if (n == 5)
		strcpy(hop->netns, words[4]);
	hop->fd = -1;
	plan->n_hops++;
	return 0;
}

int read_plan(struct plan *plan)
{
	char line[1024], *words[MAX_WORDS], *save;
	int n, err = 0;

	plan->max_frames = 4096;
	plan->max_bytes = 2048;
	while (!err) {
		if (read_line(line, sizeof(line)) < 0)
			return bad("it ends before its last line", "\"go\"");
		n = 0;
		save = NULL;
		for (char *w = strtok_r(line, " \t\r", &save); w && n < MAX_WORDS; w = strtok_r(NULL, " \t\r", &save))
			words[n++] = w;
		if (!n || words[0][0] == '#')
			continue;
		if (!strcmp(words[0], "go"))
			return plan->n_hops ? 0 : bad("hop", "(none)");
		if (!strcmp(words[0], "hop"))
			err = add_hop(plan, words, n);
		else if (strcmp(words[0], "limit") || n != 3 || !parse_number(words[1], 1 << 24, &plan->max_frames) ||
			 !parse_number(words[2], MAX_FRAME_BYTES, &plan->max_bytes))
			err = bad(words[0], n > 1 ? words[1] : "");
	}
	return err;
}

void print_plan_keys(FILE *out)
{
	fprintf(out, "  hop NAME DEVICE [netns PATH]   a device to listen on; up to %d\n"
		"  limit FRAMES BYTES             kept of a hop, and of a frame; default 4096 2048\n"
		"  go                             the end of the plan\n", MAX_HOPS);
}
