// SPDX-License-Identifier: GPL-2.0-only
/* The plan: a line a hop, and the limits. */
#include "plan.h"
#include "capture.h"
#include "number.h"

#include <errno.h>
#include <string.h>

#define LINE_BYTES 1024
#define MAX_FRAMES (1 << 24)

static int bad(const char *what, const char *value)
{
	fprintf(stderr, "hoplab-capture: plan: %s %s: not understood or out of range\n", what, value);
	return -EINVAL;
}

static int add_hop(void *to, const struct plan_line *line)
{
	struct plan *plan = to;
	struct hop *hop = &plan->hops[plan->n_hops];
	char **words = line->words;

	if (line->n != 3 && !(line->n == 5 && !strcmp(words[3], "netns")))
		return bad("hop", words[1]);
	if (plan->n_hops == MAX_HOPS)
		return bad("hop", "(too many)");
	if (strlen(words[1]) >= sizeof(hop->name) || strlen(words[2]) >= sizeof(hop->device))
		return bad("hop", words[1]);
	if (line->n == 5 && strlen(words[4]) >= sizeof(hop->netns))
		return bad("netns", words[4]);
	strcpy(hop->name, words[1]);
	strcpy(hop->device, words[2]);
	if (line->n == 5)
		strcpy(hop->netns, words[4]);
	hop->fd = -1;
	plan->n_hops++;
	return 0;
}

static int set_limit(void *to, const struct plan_line *line)
{
	struct plan *plan = to;
	int64_t frames, bytes;

	if (!parse_number(line->words[1], 1, MAX_FRAMES, &frames) || !parse_number(line->words[2], 1, MAX_FRAME_BYTES, &bytes))
		return bad("limit", line->words[1]);
	plan->max_frames = frames;
	plan->max_bytes = bytes;
	return 0;
}

static const struct plan_key keys[] = {
	{ .name = "hop", .values = "NAME DEVICE [netns PATH]", .take = add_hop, .fewest = 2, .most_values = 4,
	  .help = "a device to listen on" },
	{ .name = "limit", .values = "FRAMES BYTES", .take = set_limit, .fewest = 2, .most_values = 2,
	  .help = "kept of a hop, and of a frame; default 4096 2048" },
};

static int reject(enum plan_fault fault, const struct plan_key *key, const struct plan_line *line)
{
	(void)key;
	if (fault == PLAN_ENDED || fault == PLAN_LINE)
		return bad("it ends before its last line", "\"go\"");
	return bad(line->words[0], line->n > 1 ? line->words[1] : "");
}

static const struct plan_table table = {
	.keys = keys, .n_keys = sizeof(keys) / sizeof(keys[0]), .line_bytes = LINE_BYTES, .reject = reject,
};

int read_plan(struct plan *plan)
{
	plan->max_frames = 4096;
	plan->max_bytes = 2048;
	if (read_plan_lines(&table, 0, plan) < 0)
		return -EINVAL;
	return plan->n_hops ? 0 : bad("hop", "(none)");
}

void print_plan_keys(FILE *out)
{
	print_keys(out, &table, 0);
}
