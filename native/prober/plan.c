// SPDX-License-Identifier: GPL-2.0-only
/* Reads the plan: lines of a key and its values, up to the line "go". One table gives parser, limits and help. */
#include "plan.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define BOTH (ROLE_CLIENT | ROLE_SERVER)
#define FOREVER_NS (1000000LL * NS_PER_SEC)
#define MAX_RECORDS (1LL << 26)
#define MAX_WORDS 9

static const char *const protocols[] = { "tcp_rr", "udp_rr", "tcp_crr", NULL };
static const char *const waits[] = { "block", "spin", "busy-poll", NULL };

#define AT(field) offsetof(struct plan, field)

static const struct key {
	const char *name;
	int roles;
	size_t offset;
	int64_t least, most, preset;
	const char *const *words;
	const char *help;
} keys[] = {
	{ "protocol", ROLE_CLIENT, AT(protocol), 0, 0, TCP_RR, protocols, "what a transaction is" },
	{ "request", BOTH, AT(request), 1, MAX_STREAM_BYTES, 1, NULL, "bytes of a request" },
	{ "response", BOTH, AT(response), 1, MAX_STREAM_BYTES, 1, NULL, "bytes of a response" },
	{ "count", ROLE_CLIENT, AT(count), 0, MAX_RECORDS, 0, NULL, "measured transactions a path; 0 = until duration_ns" },
	{ "duration_ns", ROLE_CLIENT, AT(duration_ns), 0, FOREVER_NS, 0, NULL, "end of the measured part; 0 = none" },
	{ "warmup", ROLE_CLIENT, AT(warmup), 0, MAX_RECORDS, 0, NULL, "transactions a path before it" },
	{ "pace_ns", ROLE_CLIENT, AT(pace_ns), 0, FOREVER_NS, 0, NULL, "gap between the client's starts; 0 = back to back" },
	{ "warmup_pace_ns", ROLE_CLIENT, AT(warmup_pace_ns), 0, FOREVER_NS, 0, NULL, "the same while warming up" },
	{ "spin_ns", ROLE_CLIENT, AT(spin_ns), 0, NS_PER_SEC, 200000, NULL, "sleep until so long before a slot, then spin (at most half of the gap)" },
	{ "late_ns", ROLE_CLIENT, AT(late_ns), 0, FOREVER_NS, 100000, NULL, "a start later than this is flagged" },
	{ "group", ROLE_CLIENT, AT(group), 1, MAX_RECORDS, 50, NULL, "consecutive transactions of a path in a group" },
	{ "timeout_ns", ROLE_CLIENT, AT(timeout_ns), -1, FOREVER_NS, -1, NULL, "per transaction; -1 = 1 s for udp_rr, 5 s otherwise" },
	{ "connect_timeout_ns", ROLE_CLIENT, AT(connect_timeout_ns), 1, FOREVER_NS, 5 * NS_PER_SEC, NULL, "for all the first connections together" },
	{ "lost_limit", ROLE_CLIENT, AT(lost_limit), 1, 100, 10, NULL, "a UDP path leaves after so many losses in a row" },
	{ "max_records", ROLE_CLIENT, AT(max_records), 1, MAX_RECORDS, 1 << 20, NULL, "capacity when only duration_ns limits" },
	{ "stamps", ROLE_CLIENT, AT(stamps), 0, 2, 1, NULL, "1 = the kernel's receive stamps, 2 = those of what is sent too" },
	{ "records", ROLE_SERVER, AT(records), 0, MAX_RECORDS, 1 << 17, NULL, "residence times kept per listener; 0 = none taken" },
	{ "wait", BOTH, AT(wait), 0, 0, WAIT_BLOCK, waits, "how to wait for bytes" },
	{ "cpu", BOTH, AT(cpu), -1, 1023, -1, NULL, "pin to this CPU; -1 = do not" },
	{ "fifo", BOTH, AT(fifo), 0, 99, 0, NULL, "SCHED_FIFO priority; 0 = the class it was started in" },
	{ "mlock", BOTH, AT(mlock), 0, 1, 0, NULL, "lock the memory" },
	{ "force_spin", BOTH, AT(force_spin), 0, 1, 0, NULL, "allow fifo with wait spin on a shared CPU" },
};
#define N_KEYS (sizeof(keys) / sizeof(keys[0]))

const char *protocol_name(int protocol)
{
	return protocols[protocol];
}

void print_plan_keys(FILE *out, enum role role)
{
	if (role == ROLE_CLIENT)
		fprintf(out, "  path INDEX ADDRESS PORT [local ADDRESS] [dev IFNAME]   a path; up to %d\n", MAX_ENDPOINTS);
	else
		fprintf(out, "  listen INDEX tcp|udp|crr ADDRESS PORT [dev IFNAME]     a listener; up to %d\n", MAX_ENDPOINTS);
	for (size_t i = 0; i < N_KEYS; i++) {
		const struct key *k = &keys[i];

		if (!(k->roles & role))
			continue;
		fprintf(out, "  %-18s ", k->name);
		for (int w = 0; k->words && k->words[w]; w++)
			fprintf(out, "%s%s", w ? "|" : "", k->words[w]);
		fprintf(out, "%s%s; default ", k->words ? ": " : "", k->help);
		if (k->words)
			fprintf(out, "%s\n", k->words[k->preset]);
		else
			fprintf(out, "%lld\n", (long long)k->preset);
	}
	if (role == ROLE_CLIENT)
		fprintf(out, "  %-18s of the order of the paths in each round, 64 bits; default 0\n", "seed");
}

static int set_key(struct plan *plan, enum role role, int line, char **words, int n)
{
	int64_t value;

	if (!strcmp(words[0], role == ROLE_CLIENT ? "path" : "listen"))
		return add_endpoint(plan, role, line, words, n);
	if (n != 2)
		return reject(line, "%s needs one value", words[0]);
	if (role == ROLE_CLIENT && !strcmp(words[0], "seed")) {
		char *end;

		errno = 0;
		plan->seed = strtoull(words[1], &end, 10);
		if (*end || errno || words[1][0] == '-')
			return reject(line, "seed %s is not a number of 64 bits", words[1]);
		return 0;
	}
	for (size_t i = 0; i < N_KEYS; i++) {
		const struct key *k = &keys[i];

		if (!(k->roles & role) || strcmp(k->name, words[0]))
			continue;
		if (k->words) {
			value = find_word(k->words, words[1]);
			if (value < 0)
				return reject(line, "%s %s: no such word", words[0], words[1]);
		} else if (!parse_integer(words[1], &value) || value < k->least || value > k->most) {
			return reject(line, "%s %s is not within %lld to %lld", words[0], words[1],
				      (long long)k->least, (long long)k->most);
		}
		memcpy((char *)plan + k->offset, &value, sizeof(value));
		return 0;
	}
	return reject(line, "unknown key %s", words[0]);
}

/* What the keys allow one by one and the whole does not. */
static int check_plan(struct plan *plan, enum role role, int line)
{
	bool datagrams = role == ROLE_CLIENT && plan->protocol == UDP_RR;
	int64_t capacity;

	if (!plan->endpoints)
		return reject(line, role == ROLE_CLIENT ? "no path" : "no listen");
	for (int i = 0; role == ROLE_SERVER && i < plan->endpoints; i++)
		datagrams = datagrams || plan->endpoint[i].protocol == UDP_RR;
	if (datagrams && (plan->request > MAX_DATAGRAM_BYTES || plan->response > MAX_DATAGRAM_BYTES))
		return reject(line, "a datagram holds at most %d bytes", MAX_DATAGRAM_BYTES);
	if (role == ROLE_SERVER)
		return 0;
	if (plan->timeout_ns <= 0)
		plan->timeout_ns = (datagrams ? 1 : 5) * NS_PER_SEC;
	if (!plan->count && !plan->duration_ns)
		return reject(line, "neither count nor duration_ns");
	capacity = plan->count ? (plan->count + plan->warmup) * plan->endpoints : plan->max_records;
	if (capacity > MAX_RECORDS)
		return reject(line, "%lld records are more than %lld", (long long)capacity, MAX_RECORDS);
	if ((plan->count ? plan->count : capacity) / plan->group > UINT16_MAX)
		return reject(line, "more than %d groups of %lld", UINT16_MAX, (long long)plan->group);
	return 0;
}

/* One line of stdin, read byte by byte so that nothing after "go" is swallowed. */
static int read_line(char *line, size_t size)
{
	size_t n = 0;

	for (;;) {
		char c;
		ssize_t got = read(STDIN_FILENO, &c, 1);

		if (got < 0 && errno == EINTR && !stopping)
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

int read_plan(enum role role, struct plan *plan)
{
	char line[512], *words[MAX_WORDS], *save;
	int err, number = 0;

	for (size_t i = 0; i < N_KEYS; i++)
		memcpy((char *)plan + keys[i].offset, &keys[i].preset, sizeof(int64_t));
	for (;;) {
		int n = 0;

		number++;
		err = read_line(line, sizeof(line));
		if (err)
			return reject(number, "%s", err == -ENODATA ? "ends without \"go\"" : strerror(-err));
		for (char *w = strtok_r(line, " ", &save); w && n < MAX_WORDS; w = strtok_r(NULL, " ", &save))
			words[n++] = w;
		if (!n)
			continue;
		if (n == 1 && !strcmp(words[0], "go"))
			return check_plan(plan, role, number);
		err = set_key(plan, role, number, words, n);
		if (err)
			return err;
	}
}
