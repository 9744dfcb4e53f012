// SPDX-License-Identifier: GPL-2.0-only
/* The plan: the network namespaces whose frames are counted. */
#include "plan.h"
#include "loader.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#define LINE_BYTES 1024

static int bad(const char *what, const char *value, const char *why)
{
	fprintf(stderr, "hoplab-drops: plan: %s %s: %s\n", what, value, why);
	return -EINVAL;
}

static int add(struct plan *plan, const char *path, const char *name)
{
	struct netns *netns = &plan->netns[plan->n];
	struct stat found;

	if (plan->n == MAX_NETNS)
		return bad("netns", path, "too many");
	if (strlen(path) >= sizeof(netns->path) || strlen(name) >= sizeof(netns->name))
		return bad("netns", path, "too long");
	if (stat(path, &found))
		return bad("netns", path, strerror(errno));
	strcpy(netns->path, path);
	strcpy(netns->name, name);
	netns->inode = found.st_ino;
	plan->n++;
	return 0;
}

static int add_netns(void *plan, const struct plan_line *line)
{
	return add(plan, line->words[1], line->words[2]);
}

static const struct plan_key keys[] = {
	{ .name = "netns", .values = "PATH NAME", .take = add_netns, .fewest = 2, .most_values = 2,
	  .help = "a network namespace whose frames are counted; none: this process's own" },
};

static int reject(enum plan_fault fault, const struct plan_key *key, const struct plan_line *line)
{
	(void)key;
	if (fault == PLAN_ENDED || fault == PLAN_LINE)
		return bad("line", "go", "the plan ends before it");
	return bad("line", line->words[0], "not understood");
}

static const struct plan_table table = {
	.keys = keys, .n_keys = sizeof(keys) / sizeof(keys[0]), .line_bytes = LINE_BYTES, .reject = reject,
};

int read_plan(struct plan *plan)
{
	if (read_plan_lines(&table, 0, plan) < 0)
		return -EINVAL;
	if (plan->n)
		return 0;
	plan->own = true;
	return add(plan, "/proc/self/ns/net", "-");
}

void print_plan_keys(FILE *out)
{
	print_keys(out, &table, 0);
}
