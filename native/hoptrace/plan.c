// SPDX-License-Identifier: GPL-2.0-only
/* Reads the plan from stdin: lines of a key and its values, up to the line "go". */
#include "loader.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MAX_WORDS 4
#define LEAST_BUFFER (64 << 10)
#define MOST_BUFFER (1 << 30)
#define PRESET_BUFFER (16 << 20)
#define PRESET_DRAIN_MS 5

/* Byte by byte: after the plan stdin is only watched for its end. */
static int read_line(char *line, size_t size)
{
	size_t used = 0;
	char c;

	for (;;) {
		ssize_t got = read(STDIN_FILENO, &c, 1);

		if (got < 0 && errno == EINTR && !stopping)
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

static int bad(const char *key, const char *value, const char *why)
{
	fprintf(stderr, "hoplab-hoptrace: plan: %s %s: %s\n", key, value, why);
	return -EINVAL;
}

static int parse(const char *key, const char *word, __u64 least, __u64 most, __u64 *value)
{
	char *end;

	errno = 0;
	*value = strtoull(word, &end, 10);
	if (errno || *end || end == word || word[0] == '-' || *value < least || *value > most) {
		char why[80];

		snprintf(why, sizeof(why), "not within %llu to %llu", least, most);
		return bad(key, word, why);
	}
	return 0;
}

static int add_point(struct plan *plan, char **words)
{
	struct asked *asked = &plan->asked[plan->n_asked];

	if (plan->n_asked == MAX_ASKED || strlen(words[1]) >= sizeof(asked->name))
		return bad("point", words[1], "too many, or too long");
	strcpy(asked->name, words[1]);
	asked->point = find_point(words[1]);
	if (!asked->point)
		strcpy(asked->why, "hoptrace knows no such point");
	plan->n_asked++;
	return 0;
}

static int add_netns(struct plan *plan, char **words)
{
	struct netns *netns = &plan->netns[plan->n_netns];
	struct stat found;

	if (plan->n_netns == MAX_NETNS || strlen(words[1]) >= sizeof(netns->path) || strlen(words[2]) >= sizeof(netns->name))
		return bad("netns", words[1], "too many, or too long");
	if (stat(words[1], &found))
		return bad("netns", words[1], strerror(errno));
	strcpy(netns->path, words[1]);
	strcpy(netns->name, words[2]);
	netns->inode = found.st_ino;
	plan->n_netns++;
	return 0;
}

/* What is expected of a task follows from its name. */
static enum role role_of(const char *name)
{
	if (!strncmp(name, "vcpu", 4))
		return ROLE_VCPU;
	return !strncmp(name, "client", 6) || !strncmp(name, "server", 6) ? ROLE_APP : ROLE_VMM;
}

static int add_listed(struct listed *list, int *n, char **words)
{
	struct listed *listed = &list[*n];
	__u64 id;

	if (*n == MAX_LISTED || strlen(words[2]) >= sizeof(listed->name))
		return bad(words[0], words[1], "too many, or its name too long");
	if (parse(words[0], words[1], 1, 1 << 22, &id))
		return -EINVAL;
	strcpy(listed->name, words[2]);
	listed->id = id;
	listed->role = role_of(words[2]);
	++*n;
	return 0;
}

static int add_tid(struct plan *plan, char **words)
{
	return add_listed(plan->tids, &plan->n_tids, words);
}

static int add_process(struct plan *plan, char **words)
{
	return add_listed(plan->processes, &plan->n_processes, words);
}

static int add_port(struct plan *plan, char **words)
{
	__u64 port;

	if (plan->n_ports == MAX_PORTS)
		return bad("port", words[1], "too many");
	if (parse("port", words[1], 1, 65535, &port))
		return -EINVAL;
	plan->ports[plan->n_ports++] = port;
	return 0;
}

static int add_device(struct plan *plan, char **words)
{
	__u64 ifindex;

	if (plan->n_devices == MAX_DEVICES)
		return bad("device", words[1], "too many");
	if (parse("device", words[1], 1, 1 << 30, &ifindex))
		return -EINVAL;
	plan->devices[plan->n_devices++] = ifindex;
	return 0;
}

static int set_buffer(struct plan *plan, char **words)
{
	return parse("buffer", words[1], LEAST_BUFFER, MOST_BUFFER, &plan->buffer_bytes);
}

static int set_drain(struct plan *plan, char **words)
{
	return parse("drain", words[1], 1, 1000, &plan->drain_ms);
}

static int set_calls(struct plan *plan, char **words)
{
	if (!strcmp(words[1], "tcp"))
		plan->calls = RANK_TCP;
	else if (!strcmp(words[1], "udp"))
		plan->calls = RANK_UDP;
	else
		return bad("calls", words[1], "neither tcp nor udp");
	return 0;
}

static int set_delay(struct plan *plan, char **words)
{
	return parse("delay", words[1], 1000, 1000000, &plan->delay_ns);
}

static int set_stats(struct plan *plan, char **words)
{
	if (strcmp(words[1], "yes"))
		return bad("stats", words[1], "not yes");
	plan->stats = true;
	return 0;
}

static int set_without(struct plan *plan, char **words)
{
	if (strlen(words[1]) >= sizeof(plan->without))
		return bad("without", words[1], "no kind of program");
	strcpy(plan->without, words[1]);
	return 0;
}

static int set_output(struct plan *plan, char **words)
{
	if (strlen(words[1]) >= sizeof(plan->output))
		return bad("output", words[1], "too long");
	strcpy(plan->output, words[1]);
	return 0;
}

static const struct key {
	const char *name, *values, *help;
	int n;
	int (*take)(struct plan *plan, char **words);
} keys[] = {
	{ "point", "NAME", "a point that is recorded; below", 2, add_point },
	{ "netns", "PATH NAME", "a namespace whose packets and sockets are traced; none: this process's own", 3, add_netns },
	{ "tid", "TID NAME", "a traced task: vcpu..., client..., server..., another name: of a VMM", 3, add_tid },
	{ "process", "PID NAME", "all threads of a process, those to come too; a line of tid goes before it", 3, add_process },
	{ "port", "PORT", "a port of the probe, at either end; none: every port", 2, add_port },
	{ "device", "IFINDEX", "only packets on these devices; none: on every device", 2, add_device },
	{ "buffer", "BYTES", "between kernel and file, rounded up to a power of two; default 16 MiB", 2, set_buffer },
	{ "drain", "MS", "between two looks into it; default 5", 2, set_drain },
	{ "calls", "tcp|udp", "clients and servers are all listed, and use that; udp: by sendto and recvfrom: cheaper", 2, set_calls },
	{ "delay", "NS", "what is received waits so long before the stack: a known delay, to prove a trace", 2, set_delay },
	{ "stats", "yes", "count how often each program runs, and for how long: costs more", 2, set_stats },
	{ "without", "KIND", "tp_btf, fentry, fexit or kprobe: programs of that kind are not tried", 2, set_without },
	{ "output", "PATH", "where the records go; -, the default: stdout, after the line \"ready ...\"", 2, set_output },
};
#define N_KEYS (sizeof(keys) / sizeof(keys[0]))

static int take_line(struct plan *plan, char **words, int n)
{
	for (size_t i = 0; i < N_KEYS; i++)
		if (!strcmp(words[0], keys[i].name))
			return n == keys[i].n ? keys[i].take(plan, words) : bad(words[0], "", keys[i].values);
	return bad("line", words[0], "not understood");
}

int read_plan(struct plan *plan)
{
	char line[1024], *words[MAX_WORDS], *save;
	char *own[] = { "netns", "/proc/self/ns/net", "-" };
	int n, err = 0;

	plan->calls = RANK_USUAL;
	plan->buffer_bytes = PRESET_BUFFER;
	plan->drain_ms = PRESET_DRAIN_MS;
	strcpy(plan->output, "-");
	while (!err) {
		if (read_line(line, sizeof(line)))
			return bad("line", "go", "the plan ends before it");
		n = 0;
		for (char *w = strtok_r(line, " \t\r", &save); w && n < MAX_WORDS; w = strtok_r(NULL, " \t\r", &save))
			words[n++] = w;
		if (!n || words[0][0] == '#')
			continue;
		if (!strcmp(words[0], "go"))
			break;
		err = take_line(plan, words, n);
	}
	if (!err && !plan->n_netns)
		err = add_netns(plan, own);
	if (!err && !plan->n_asked)
		err = bad("point", "", "the plan asks for none");
	return err;
}

void print_plan_keys(FILE *out)
{
	for (size_t i = 0; i < N_KEYS; i++)
		fprintf(out, "  %-7s %-10s %s\n", keys[i].name, keys[i].values, keys[i].help);
	fprintf(out, "  go                 the end of the plan\n");
}
