// SPDX-License-Identifier: GPL-2.0-only
/*
 * hoplab-prober - times request/response transactions over several paths, and answers them.
 *
 * The plan comes as text on stdin, the result goes as one container to stdout (see record.h).
 * The same static binary runs on hosts and in guests.
 */
#include "place.h"
#include "prober.h"
#include "record.h"
#include "run.h"
#include "stop.h"

#include <string.h>

static int client(void)
{
	static struct plan plan;

	stop_by_signal();
	if (read_plan(ROLE_CLIENT, &plan))
		return EXIT_USAGE;
	return check_spinning(&plan) ? EXIT_REFUSED : run_client(&plan);
}

static int server(void)
{
	static struct plan plan;

	if (read_plan(ROLE_SERVER, &plan))
		return EXIT_USAGE;
	return check_spinning(&plan) ? EXIT_REFUSED : run_server(&plan);
}

#define FIELD(type, field) \
	{ #type, #field, offsetof(struct type, field), sizeof(((struct type *)0)->field) }

/* The layout as the compiler sees it, for the test that holds the decoder against it. */
static int layout(void)
{
	static const struct { const char *type, *field; size_t offset, size; } fields[] = {
		FIELD(head, magic), FIELD(head, version), FIELD(head, record_bytes),
		FIELD(head, header_bytes), FIELD(head, crc32), FIELD(head, records),
		FIELD(sample, seq), FIELD(sample, path), FIELD(sample, flags), FIELD(sample, group),
		FIELD(sample, sched_ns), FIELD(sample, late_ns), FIELD(sample, rtt_ns),
		FIELD(sample, kernel_receive_ns), FIELD(sample, server_ns),
		FIELD(service, listener), FIELD(service, connection), FIELD(service, seq),
		FIELD(service, server_ns), FIELD(service, tag),
	};

	printf("{\"version\":%d,\"sizes\":{\"head\":%zu,\"sample\":%zu,\"service\":%zu},", CONTAINER_VERSION,
	       sizeof(struct head), sizeof(struct sample), sizeof(struct service));
	printf("\"flags\":{\"lost\":%d,\"late\":%d,\"saturated\":%d,\"warmup\":%d,\"kernelStamp\":%d,"
	       "\"serverStamp\":%d,\"preempted\":%d,\"retransmit\":%d},\"fields\":[",
	       SAMPLE_LOST, SAMPLE_LATE, SAMPLE_SATURATED, SAMPLE_WARMUP, SAMPLE_KERNEL_STAMP,
	       SAMPLE_SERVER_STAMP, SAMPLE_PREEMPTED, SAMPLE_RETRANSMIT);
	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
		printf("%s{\"type\":\"%s\",\"field\":\"%s\",\"offset\":%zu,\"size\":%zu}", i ? "," : "",
		       fields[i].type, fields[i].field, fields[i].offset, fields[i].size);
	printf("]}\n");
	return EXIT_DONE;
}

static const struct command {
	const char *name, *summary;
	int (*run)(void);
	int role;
} commands[] = {
	{ "client", "times transactions: plan on stdin, samples on stdout", client, ROLE_CLIENT },
	{ "server", "answers them until EOF on stdin or SIGTERM, then writes its residence times", server, ROLE_SERVER },
	{ "layout", "prints the layout of the records as JSON", layout, 0 },
};
#define N_COMMANDS (sizeof(commands) / sizeof(commands[0]))

static void usage(FILE *out)
{
	fprintf(out, "usage: hoplab-prober COMMAND < PLAN > RESULT\n\ncommands:\n");
	for (size_t i = 0; i < N_COMMANDS; i++)
		fprintf(out, "  %-8s %s\n", commands[i].name, commands[i].summary);
	for (size_t i = 0; i < N_COMMANDS; i++) {
		if (!commands[i].role)
			continue;
		fprintf(out, "\nplan of the %s, a key and its values a line, ended by the line \"go\":\n", commands[i].name);
		print_plan_keys(out, commands[i].role);
	}
	fprintf(out, "\nexit codes: 0 result written (its paths may carry errors), 1 a system call failed, "
		"2 usage or plan, 3 refused (would starve the machine)\n");
}

int main(int argc, char **argv)
{
	if (argc == 2 && (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h"))) {
		usage(stdout);
		return EXIT_DONE;
	}
	for (size_t i = 0; argc == 2 && i < N_COMMANDS; i++)
		if (!strcmp(argv[1], commands[i].name))
			return commands[i].run();
	usage(stderr);
	return EXIT_USAGE;
}
