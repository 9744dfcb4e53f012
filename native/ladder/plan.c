// SPDX-License-Identifier: GPL-2.0-only
/* The plan: its keys, and what a rung needs of it. */
#include "plan.h"
#include "ladder.h"
#include "number.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdarg.h>
#include <string.h>

#define MAX_BULK (1LL << 30)
#define LINE_BYTES 256

static __attribute__((format(printf, 2, 3))) int reject(int line, const char *format, ...)
{
	va_list args;

	fprintf(stderr, "hoplab-ladder: plan line %d: ", line);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
	return -EINVAL;
}

static int set_rung(void *to, const struct plan_line *line)
{
	struct plan *plan = to;
	char **words = line->words;
	int64_t tries, limit;
	int rung = find_rung(words[1]);

	if (rung < 0)
		return reject(line->number, "no rung %s", words[1]);
	if (!parse_number(words[2], 1, MAX_TRIES, &tries) || !parse_number(words[3], 1, 60000, &limit))
		return reject(line->number, "rung %s takes 1 to %d tries and 1 to 60000 ms", words[1], MAX_TRIES);
	plan->wish[rung] = (struct wish){ .wanted = true, .tries = (int)tries, .limit_ms = (int)limit };
	return 0;
}

static int set_ipv4(const struct plan_line *line, struct in_addr *to, bool *has)
{
	*has = inet_pton(AF_INET, line->words[1], to) == 1;
	return *has ? 0 : reject(line->number, "%s %s is not an IPv4 address", line->words[0], line->words[1]);
}

static int set_ipv6(const struct plan_line *line, struct in6_addr *to, bool *has)
{
	*has = inet_pton(AF_INET6, line->words[1], to) == 1;
	return *has ? 0 : reject(line->number, "%s %s is not an IPv6 address", line->words[0], line->words[1]);
}

#define SETS(field, set)								\
	static int set_##field(void *to, const struct plan_line *line)			\
	{										\
		struct plan *plan = to;							\
											\
		return set(line, &plan->field, &plan->has_##field);			\
	}
SETS(local, set_ipv4)
SETS(remote, set_ipv4)
SETS(group, set_ipv4)
SETS(local6, set_ipv6)
SETS(remote6, set_ipv6)

#define ADDRESS(name_, help_) \
	{ .name = #name_, .values = "ADDRESS", .take = set_##name_, .fewest = 1, .most_values = 1, .help = help_ }
#define NUMBER(name_, values_, most_, preset_, help_)					\
	{ .name = #name_, .values = values_, .kind = PLAN_NUMBER, PLAN_FIELD(plan, name_), .least = 1, .most = most_,	\
	  .preset = preset_, .help = help_ }

static const struct plan_key keys[] = {
	{ .name = "device", .values = "NAME", .kind = PLAN_TEXT, PLAN_FIELD(plan, device),
	  .help = "the device of the path here; without it no rung of layer 2" },
	ADDRESS(local, "own address: what `answer` listens on"),
	ADDRESS(remote, "what `climb` sends to"),
	ADDRESS(local6, "the same for IPv6"),
	ADDRESS(remote6, "the same for IPv6"),
	NUMBER(port, "NUMBER", 65535, 0, "of TCP and UDP"),
	NUMBER(vlan, "ID", 4094, 0, "of the tagged test frames"),
	ADDRESS(group, "of the multicast datagrams"),
	NUMBER(bulk, "BYTES", MAX_BULK, 1 << 20, "of tcp-bulk, each way"),
	{ .name = "rung", .values = "NAME TRIES MILLISECONDS", .take = set_rung, .fewest = 3, .most_values = 3,
	  .help = "a rung to climb, and the time for all its tries" },
};

static int reject_line(enum plan_fault fault, const struct plan_key *key, const struct plan_line *line)
{
	char **words = line->words;

	switch (fault) {
	case PLAN_ENDED: return reject(line->number, "ends without \"go\"");
	case PLAN_LINE: return reject(line->number, "%s", strerror(E2BIG));
	case PLAN_COUNT:
		if (key && key->take == set_rung)
			return reject(line->number, "rung needs NAME TRIES MILLISECONDS");
		return reject(line->number, "%s needs one value", words[0]);
	default:
		if (key && key->kind == PLAN_TEXT)
			return reject(line->number, "%s %s: the name is too long", words[0], words[1]);
		return reject(line->number, "no such key or value: %s %s", words[0], line->n > 1 ? words[1] : "");
	}
}

static const struct plan_table table = {
	.keys = keys, .n_keys = sizeof(keys) / sizeof(keys[0]), .line_bytes = LINE_BYTES, .reject = reject_line,
};

/* What a rung needs of the plan. */
static int check_plan(const struct plan *p, bool climbing, int line)
{
	static const uint32_t needs_device = 1u << RUNG_LINK | 1u << RUNG_ARP | 1u << RUNG_VLAN | 1u << RUNG_ND |
					     1u << RUNG_BROADCAST | 1u << RUNG_MULTICAST | 1u << RUNG_MTU;
	static const uint32_t needs_ipv6 = 1u << RUNG_ND | 1u << RUNG_IPV6 | 1u << RUNG_IPV6_UDP |
					   1u << RUNG_IPV6_TCP;

	if (!p->has_local || !p->port)
		return reject(line, "local and port are needed");
	if (climbing && !p->has_remote)
		return reject(line, "remote is needed");
	for (int i = 0; climbing && i < N_RUNGS; i++) {
		if (!p->wish[i].wanted)
			continue;
		if (needs_device >> i & 1 && !p->device[0])
			return reject(line, "rung %s needs a device", rung_name(i));
		if (needs_ipv6 >> i & 1 && !(p->has_local6 && p->has_remote6))
			return reject(line, "rung %s needs local6 and remote6", rung_name(i));
	}
	if (climbing && p->wish[RUNG_VLAN].wanted && !p->vlan)
		return reject(line, "rung vlan needs vlan");
	if (climbing && p->wish[RUNG_MULTICAST].wanted && !p->has_group)
		return reject(line, "rung multicast needs group");
	return 0;
}

int read_plan(bool climbing, struct plan *plan)
{
	int line = read_plan_lines(&table, 0, plan);

	return line < 0 ? line : check_plan(plan, climbing, line);
}

void print_plan_keys(FILE *out)
{
	print_keys(out, &table, 0);
	fprintf(out, "\nrungs:");
	for (int i = 0; i < N_RUNGS; i++)
		fprintf(out, "%s%s", i % 8 ? " " : "\n  ", rung_name(i));
	fprintf(out, "\n");
}
