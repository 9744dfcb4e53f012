// SPDX-License-Identifier: GPL-2.0-only
/* The plan: its keys. */
#include "plan.h"
#include "number.h"
#include "setup.h"
#include "stop.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#define LINE_BYTES 1024
#define LEAST_BUFFER (64 << 10)
#define MOST_BUFFER (1 << 30)
#define PRESET_BUFFER (16 << 20)
#define PRESET_DRAIN_MS 5

static int bad(const char *key, const char *value, const char *why)
{
	fprintf(stderr, "hoplab-hoptrace: plan: %s %s: %s\n", key, value, why);
	return -EINVAL;
}

/* A number that is no field of its own. */
static int parse(const struct plan_line *line, int64_t most, int64_t *value)
{
	char why[80];

	if (parse_number(line->words[1], 1, most, value))
		return 0;
	snprintf(why, sizeof(why), "not within 1 to %lld", (long long)most);
	return bad(line->words[0], line->words[1], why);
}

static int add_point(void *to, const struct plan_line *line)
{
	struct plan *plan = to;
	char **words = line->words;
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

static int add_netns(void *to, const struct plan_line *line)
{
	struct plan *plan = to;
	char **words = line->words;
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
	if (!strncmp(name, "vhost", 5))
		return ROLE_VHOST;
	return !strncmp(name, "client", 6) || !strncmp(name, "server", 6) ? ROLE_APP : ROLE_VMM;
}

static int add_listed(struct listed *list, int *n, const struct plan_line *line)
{
	char **words = line->words;
	struct listed *listed = &list[*n];
	int64_t id;

	if (*n == MAX_LISTED || strlen(words[2]) >= sizeof(listed->name))
		return bad(words[0], words[1], "too many, or its name too long");
	if (parse(line, 1 << 22, &id))
		return -EINVAL;
	strcpy(listed->name, words[2]);
	listed->id = id;
	listed->role = role_of(words[2]);
	++*n;
	return 0;
}

static int add_tid(void *to, const struct plan_line *line)
{
	struct plan *plan = to;

	return add_listed(plan->tids, &plan->n_tids, line);
}

static int add_process(void *to, const struct plan_line *line)
{
	struct plan *plan = to;

	return add_listed(plan->processes, &plan->n_processes, line);
}

static int add_port(void *to, const struct plan_line *line)
{
	struct plan *plan = to;
	char **words = line->words;
	int64_t port;

	if (plan->n_ports == MAX_PORTS)
		return bad("port", words[1], "too many");
	if (parse(line, 65535, &port))
		return -EINVAL;
	plan->ports[plan->n_ports++] = port;
	return 0;
}

static int add_device(void *to, const struct plan_line *line)
{
	struct plan *plan = to;
	char **words = line->words;
	int64_t ifindex;

	if (plan->n_devices == MAX_DEVICES)
		return bad("device", words[1], "too many");
	if (parse(line, 1 << 30, &ifindex))
		return -EINVAL;
	plan->devices[plan->n_devices++] = ifindex;
	return 0;
}

static int set_calls(void *to, const struct plan_line *line)
{
	struct plan *plan = to;
	char **words = line->words;

	if (!strcmp(words[1], "tcp"))
		plan->calls = RANK_TCP;
	else if (!strcmp(words[1], "udp"))
		plan->calls = RANK_UDP;
	else
		return bad("calls", words[1], "neither tcp nor udp");
	return 0;
}

static int set_kvm(void *to, const struct plan_line *line)
{
	struct plan *plan = to;

	if (strcmp(line->words[1], "yes"))
		return bad("kvm", line->words[1], "not yes");
	plan->kvm = true;
	return 0;
}

static int set_stats(void *to, const struct plan_line *line)
{
	struct plan *plan = to;

	if (strcmp(line->words[1], "yes"))
		return bad("stats", line->words[1], "not yes");
	plan->stats = true;
	return 0;
}

#define TAKEN(name_, values_, n, take_, help_) \
	{ .name = name_, .values = values_, .take = take_, .fewest = n, .most_values = n, .help = help_ }
#define NUMBER(name_, values_, field_, least_, most_, preset_, help_)				\
	{ .name = name_, .values = values_, .kind = PLAN_NUMBER, PLAN_FIELD(plan, field_),	\
	  .least = least_, .most = most_, .preset = preset_, .help = help_ }
#define TEXT(name_, values_, help_) \
	{ .name = #name_, .values = values_, .kind = PLAN_TEXT, PLAN_FIELD(plan, name_), .help = help_ }

static const struct plan_key keys[] = {
	TAKEN("point", "NAME", 1, add_point, "a point that is recorded; below"),
	TAKEN("netns", "PATH NAME", 2, add_netns, "a namespace whose packets and sockets are traced; none: this process's own"),
	TAKEN("tid", "TID NAME", 2, add_tid, "a traced task: vcpu..., vhost..., client..., server..., else of a VMM"),
	TAKEN("process", "PID NAME", 2, add_process, "all threads of a process, those to come too; a line of tid goes before it"),
	TAKEN("port", "PORT", 1, add_port, "a port of the probe, at either end; none: every port"),
	TAKEN("device", "IFINDEX", 1, add_device, "only packets on these devices; none: on every device"),
	NUMBER("buffer", "BYTES", buffer_bytes, LEAST_BUFFER, MOST_BUFFER, PRESET_BUFFER,
	       "between kernel and file, rounded up to a power of two"),
	NUMBER("drain", "MS", drain_ms, 1, 1000, PRESET_DRAIN_MS, "between two looks into it"),
	TAKEN("calls", "tcp|udp", 1, set_calls,
	      "clients and servers are all listed, and use that; udp: by sendto and recvfrom: cheaper"),
	NUMBER("delay", "NS", delay_ns, 1000, 1000000, 0,
	       "what is received waits so long before the stack: a known delay, to prove a trace"),
	TAKEN("stats", "yes", 1, set_stats, "count how often each program runs, and for how long: costs more"),
	TAKEN("kvm", "yes", 1, set_kvm, "the guest of the vcpu... runs under KVM, whose kicks and interrupts no system call tells"),
	TEXT(without, "KIND", "tp_btf, fentry, fexit or kprobe: programs of that kind are not tried"),
	TEXT(output, "PATH", "where the records go; -, the default: stdout, after the line \"ready ...\""),
};

static int reject(enum plan_fault fault, const struct plan_key *key, const struct plan_line *line)
{
	char why[80];

	if (fault == PLAN_ENDED || fault == PLAN_LINE)
		return bad("line", "go", "the plan ends before it");
	if (!key)
		return bad("line", line->words[0], "not understood");
	if (fault == PLAN_COUNT)
		return bad(key->name, "", key->values);
	if (key->kind == PLAN_NUMBER)
		snprintf(why, sizeof(why), "not within %lld to %lld", (long long)key->least, (long long)key->most);
	else
		snprintf(why, sizeof(why), "too long");
	return bad(key->name, line->words[1], why);
}

static const struct plan_table table = {
	.keys = keys, .n_keys = sizeof(keys) / sizeof(keys[0]), .line_bytes = LINE_BYTES, .stop = &stopping, .reject = reject,
};

int read_plan(struct plan *plan)
{
	char *own[] = { "netns", "/proc/self/ns/net", "-", NULL };
	int err;

	plan->calls = RANK_USUAL;
	strcpy(plan->output, "-");
	if (read_plan_lines(&table, 0, plan) < 0)
		return -EINVAL;
	err = plan->n_netns ? 0 : add_netns(plan, &(struct plan_line){ .n = 3, .words = own });
	if (!err && !plan->n_asked)
		err = bad("point", "", "the plan asks for none");
	return err;
}

void print_plan_keys(FILE *out)
{
	print_keys(out, &table, 0);
}
