// SPDX-License-Identifier: GPL-2.0-only
/* Reads the plan from stdin: the network namespaces whose frames are counted, up to "go". */
#include "loader.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MAX_WORDS 4

/* Byte by byte: after the plan stdin is only watched for its end. */
static int read_line(char *line, size_t size)
{
	size_t used = 0;
	char c;

	for (;;) {
		ssize_t got = read(STDIN_FILENO, &c, 1);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0 || used + 1 == size)
			return -1;
		if (c == '\n')
			break;
		line[used++] = c;
	}
	line[used] = 0;
	return 0;
}

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

int read_plan(struct plan *plan)
{
	char line[1024], *words[MAX_WORDS], *save;
	int n, err = 0;

	while (!err) {
		if (read_line(line, sizeof(line)))
			return bad("line", "go", "the plan ends before it");
		n = 0;
		save = NULL;
		for (char *w = strtok_r(line, " \t\r", &save); w && n < MAX_WORDS; w = strtok_r(NULL, " \t\r", &save))
			words[n++] = w;
		if (!n || words[0][0] == '#')
			continue;
		if (!strcmp(words[0], "go"))
			break;
		err = !strcmp(words[0], "netns") && n == 3 ? add(plan, words[1], words[2]) :
							     bad("line", words[0], "not understood");
	}
	if (!err && !plan->n) {
		plan->own = true;
		err = add(plan, "/proc/self/ns/net", "-");
	}
	return err;
}

void print_plan_keys(FILE *out)
{
	fprintf(out, "  netns PATH NAME   a network namespace whose frames are counted, up to %d; none: this process's own\n"
		"  go                the end of the plan\n", MAX_NETNS);
}
