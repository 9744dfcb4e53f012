// SPDX-License-Identifier: GPL-2.0-only
/* The plans of client and server: their keys, and what the keys allow one by one and the whole does not. */
#include "endpoint.h"
#include "moment.h"
#include "stop.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define BOTH (ROLE_CLIENT | ROLE_SERVER)
#define FOREVER_NS (1000000LL * NS_PER_SEC)
#define MAX_RECORDS (1LL << 26)
#define LINE_BYTES 512
#define AS_TEXT(number) #number
#define UP_TO(number) "up to " AS_TEXT(number)

static const char *const protocols[] = { "tcp_rr", "udp_rr", "tcp_crr", NULL };
static const char *const waits[] = { "block", "spin", "busy-poll", NULL };

static int set_seed(void *plan, const struct plan_line *line)
{
	char *end;

	errno = 0;
	((struct plan *)plan)->seed = strtoull(line->words[1], &end, 10);
	if (*end || errno || line->words[1][0] == '-')
		return reject(line->number, "seed %s is not a number of 64 bits", line->words[1]);
	return 0;
}

#define NUMBER(name_, roles_, least_, most_, preset_, help_)						\
	{ .name = #name_, .values = "N", .kind = PLAN_NUMBER, .roles = roles_, PLAN_FIELD(plan, name_),	\
	  .least = least_, .most = most_, .preset = preset_, .help = help_ }
#define WORD(name_, roles_, words_, preset_, help_)							\
	{ .name = #name_, .kind = PLAN_WORD, .roles = roles_, PLAN_FIELD(plan, name_), .words = words_,	\
	  .preset = preset_, .help = help_ }

static const struct plan_key keys[] = {
	{ .name = "path", .values = "INDEX ADDRESS PORT [local ADDRESS] [dev IFNAME]", .roles = ROLE_CLIENT, .take = add_path,
	  .most_values = PLAN_WORDS, .help = "a path; " UP_TO(MAX_ENDPOINTS) },
	{ .name = "listen", .values = "INDEX tcp|udp|crr ADDRESS PORT [dev IFNAME]", .roles = ROLE_SERVER, .take = add_listener,
	  .most_values = PLAN_WORDS, .help = "a listener; " UP_TO(MAX_ENDPOINTS) },
	WORD(protocol, ROLE_CLIENT, protocols, TCP_RR, "what a transaction is"),
	NUMBER(request, BOTH, 1, MAX_STREAM_BYTES, 1, "bytes of a request"),
	NUMBER(response, BOTH, 1, MAX_STREAM_BYTES, 1, "bytes of a response"),
	NUMBER(count, ROLE_CLIENT, 0, MAX_RECORDS, 0, "measured transactions a path; 0 = until duration_ns"),
	NUMBER(duration_ns, ROLE_CLIENT, 0, FOREVER_NS, 0, "end of the measured part; 0 = none"),
	NUMBER(warmup, ROLE_CLIENT, 0, MAX_RECORDS, 0, "transactions a path before it"),
	NUMBER(pace_ns, ROLE_CLIENT, 0, FOREVER_NS, 0, "gap between the client's starts; 0 = back to back"),
	NUMBER(warmup_pace_ns, ROLE_CLIENT, 0, FOREVER_NS, 0, "the same while warming up"),
	NUMBER(spin_ns, ROLE_CLIENT, 0, NS_PER_SEC, 200000,
	       "sleep until so long before a slot, then spin (at most half of the gap)"),
	NUMBER(late_ns, ROLE_CLIENT, 0, FOREVER_NS, 100000, "a start later than this is flagged"),
	NUMBER(group, ROLE_CLIENT, 1, MAX_RECORDS, 50, "consecutive transactions of a path in a group"),
	NUMBER(timeout_ns, ROLE_CLIENT, -1, FOREVER_NS, -1, "per transaction; -1 = 1 s for udp_rr, 5 s otherwise"),
	NUMBER(connect_timeout_ns, ROLE_CLIENT, 1, FOREVER_NS, 5 * NS_PER_SEC, "for all the first connections together"),
	NUMBER(lost_limit, ROLE_CLIENT, 1, 100, 10, "a UDP path leaves after so many losses in a row"),
	NUMBER(max_records, ROLE_CLIENT, 1, MAX_RECORDS, 1 << 20, "capacity when only duration_ns limits"),
	NUMBER(stamps, ROLE_CLIENT, 0, 2, 1, "1 = the kernel's receive stamps, 2 = those of what is sent too"),
	NUMBER(records, ROLE_SERVER, 0, MAX_RECORDS, 1 << 17, "residence times kept per listener; 0 = none taken"),
	WORD(wait, BOTH, waits, WAIT_BLOCK, "how to wait for bytes"),
	NUMBER(cpu, BOTH, -1, 1023, -1, "pin to this CPU; -1 = do not"),
	NUMBER(fifo, BOTH, 0, 99, 0, "SCHED_FIFO priority; 0 = the class it was started in"),
	NUMBER(mlock, BOTH, 0, 1, 0, "lock the memory"),
	NUMBER(force_spin, BOTH, 0, 1, 0, "allow fifo with wait spin on a shared CPU"),
	{ .name = "seed", .values = "N", .roles = ROLE_CLIENT, .take = set_seed, .most_values = 1, .fewest = 1,
	  .help = "of the order of the paths in each round, 64 bits; default 0" },
};

static int reject_line(enum plan_fault fault, const struct plan_key *key, const struct plan_line *line)
{
	char **words = line->words;

	switch (fault) {
	case PLAN_ENDED: return reject(line->number, "ends without \"go\"");
	case PLAN_LINE: return reject(line->number, "%s", strerror(E2BIG));
	case PLAN_KEY: return reject(line->number, "unknown key %s", words[0]);
	case PLAN_COUNT: return reject(line->number, "%s needs one value", words[0]);
	default:
		if (key->words)
			return reject(line->number, "%s %s: no such word", words[0], words[1]);
		return reject(line->number, "%s %s is not within %lld to %lld", words[0], words[1], (long long)key->least,
			      (long long)key->most);
	}
}

static const struct plan_table table = {
	.keys = keys, .n_keys = sizeof(keys) / sizeof(keys[0]), .line_bytes = LINE_BYTES, .stop = &stopping, .reject = reject_line,
};

const char *protocol_name(int protocol)
{
	return protocols[protocol];
}

void print_plan_keys(FILE *out, enum role role)
{
	print_keys(out, &table, role);
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

int read_plan(enum role role, struct plan *plan)
{
	int line = read_plan_lines(&table, role, plan);

	return line < 0 ? line : check_plan(plan, role, line);
}
