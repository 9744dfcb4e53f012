// SPDX-License-Identifier: GPL-2.0-only
/* Reads the plan: lines of a key and its values, up to the line "go". */
#include "ladder.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MAX_WORDS 4
#define MAX_BULK (1LL << 30)

static int reject(int line, const char *format, ...)
{
	va_list args;

	fprintf(stderr, "hoplab-ladder: plan line %d: ", line);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
	return -EINVAL;
}

static bool parse_number(const char *word, int64_t least, int64_t most, int64_t *out)
{
	char *end;

	if (*word < '0' || *word > '9')
		return false;
	errno = 0;
	*out = strtoll(word, &end, 10);
	return !errno && !*end && *out >= least && *out <= most;
}

static int set_rung(struct plan *plan, int line, char **words, int n)
{
	int64_t tries, limit;
	int rung = n == 4 ? find_rung(words[1]) : -1;

	if (n != 4)
		return reject(line, "rung needs NAME TRIES MILLISECONDS");
	if (rung < 0)
		return reject(line, "no rung %s", words[1]);
	if (!parse_number(words[2], 1, MAX_TRIES, &tries) || !parse_number(words[3], 1, 60000, &limit))
		return reject(line, "rung %s takes 1 to %d tries and 1 to 60000 ms", words[1], MAX_TRIES);
	plan->wish[rung] = (struct wish){ .wanted = true, .tries = (int)tries, .limit_ms = (int)limit };
	return 0;
}

static int set_key(struct plan *plan, int line, char **words, int n)
{
	const struct { const char *key; struct in_addr *to; bool *has; } v4[] = {
		{ "local", &plan->local, &plan->has_local },
		{ "remote", &plan->remote, &plan->has_remote },
		{ "group", &plan->group, &plan->has_group },
	};
	const struct { const char *key; struct in6_addr *to; bool *has; } v6[] = {
		{ "local6", &plan->local6, &plan->has_local6 },
		{ "remote6", &plan->remote6, &plan->has_remote6 },
	};
	int64_t value;

	if (!strcmp(words[0], "rung"))
		return set_rung(plan, line, words, n);
	if (n != 2)
		return reject(line, "%s needs one value", words[0]);
	for (size_t i = 0; i < sizeof(v4) / sizeof(v4[0]); i++) {
		if (strcmp(words[0], v4[i].key))
			continue;
		*v4[i].has = inet_pton(AF_INET, words[1], v4[i].to) == 1;
		return *v4[i].has ? 0 : reject(line, "%s %s is not an IPv4 address", words[0], words[1]);
	}
	for (size_t i = 0; i < sizeof(v6) / sizeof(v6[0]); i++) {
		if (strcmp(words[0], v6[i].key))
			continue;
		*v6[i].has = inet_pton(AF_INET6, words[1], v6[i].to) == 1;
		return *v6[i].has ? 0 : reject(line, "%s %s is not an IPv6 address", words[0], words[1]);
	}
	if (!strcmp(words[0], "device")) {
		if (strlen(words[1]) >= IFNAMSIZ)
			return reject(line, "device %s: the name is too long", words[1]);
		strcpy(plan->device, words[1]);
		return 0;
	}
	if (!strcmp(words[0], "port") && parse_number(words[1], 1, 65535, &value))
		plan->port = (uint16_t)value;
	else if (!strcmp(words[0], "vlan") && parse_number(words[1], 1, 4094, &value))
		plan->vlan = (uint16_t)value;
	else if (!strcmp(words[0], "bulk") && parse_number(words[1], 1, MAX_BULK, &value))
		plan->bulk = value;
	else
		return reject(line, "no such key or value: %s %s", words[0], words[1]);
	return 0;
}

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

/* One line of stdin, read byte by byte so that nothing after "go" is swallowed. */
static int read_line(char *line, size_t size)
{
	size_t n = 0;

	for (;;) {
		char c;
		ssize_t got = read(STDIN_FILENO, &c, 1);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return -errno;
		if (!got)
			return -ENODATA;
		if (c == '\n')
			break;
		if (n + 1 == size)
			return -E2BIG;
		line[n++] = c;
	}
	line[n] = 0;
	return 0;
}

int read_plan(bool climbing, struct plan *plan)
{
	char line[256], *words[MAX_WORDS + 1], *save;
	int err;

	plan->bulk = 1 << 20;
	for (int number = 1;; number++) {
		int n = 0;

		err = read_line(line, sizeof(line));
		if (err)
			return reject(number, "%s", err == -ENODATA ? "ends without \"go\"" : strerror(-err));
		for (char *w = strtok_r(line, " ", &save); w && n <= MAX_WORDS; w = strtok_r(NULL, " ", &save))
			words[n++] = w;
		if (!n)
			continue;
		if (n == 1 && !strcmp(words[0], "go"))
			return check_plan(plan, climbing, number);
		err = set_key(plan, number, words, n);
		if (err)
			return err;
	}
}

void print_plan_keys(FILE *out)
{
	fprintf(out, "  device NAME                  the device of the path here; without it no rung of layer 2\n"
		     "  local ADDRESS                own address: what `answer` listens on\n"
		     "  remote ADDRESS               what `climb` sends to\n"
		     "  local6, remote6 ADDRESS      the same for IPv6\n"
		     "  port NUMBER                  of TCP and UDP\n"
		     "  vlan ID                      of the tagged test frames\n"
		     "  group ADDRESS                of the multicast datagrams\n"
		     "  bulk BYTES                   of tcp-bulk, each way; default %d\n"
		     "  rung NAME TRIES MILLISECONDS a rung to climb, and the time for all its tries:", 1 << 20);
	for (int i = 0; i < N_RUNGS; i++)
		fprintf(out, "%s%s", i % 8 ? " " : "\n      ", rung_name(i));
	fprintf(out, "\n");
}
