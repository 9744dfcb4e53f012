// SPDX-License-Identifier: GPL-2.0-only
/*
 * hoplab-hoptrace: records where a probe's packets and tasks are, point by point, each on the kernel's clock.
 *
 * The plan comes as text on stdin; once all programs that the kernel grants record, "ready" and a JSON document of what
 * was granted and refused go to stdout. It ends at the end of stdin or by SIGTERM, and writes what is left.
 */
#include "loader.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

volatile sig_atomic_t stopping;

__u64 now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000000ULL + now.tv_nsec;
}

static void on_stop(int signal)
{
	(void)signal;
	stopping = 1;
}

static int fail(const char *what, int err)
{
	fprintf(stderr, "hoplab-hoptrace: %s: %s\n", what, strerror(abs(err)));
	return 1;
}

static void usage(FILE *out)
{
	fprintf(out, "usage: hoplab-hoptrace < PLAN\n       hoplab-hoptrace tracefs < PLAN\n"
		"       hoplab-hoptrace layout\n       hoplab-hoptrace abilities\n\n"
		"Says \"ready\" with what is traced as JSON, and records until the end of stdin or SIGTERM.\n"
		"tracefs does it by tracepoints in instances of its own, without BPF; its plan is in tracefs.c.\n"
		"layout prints the layout of the records as JSON; abilities, which kinds of programs this kernel grants.\n\nplan:\n");
	print_plan_keys(out);
	fprintf(out, "\npoints:\n");
	for (int i = 1; i < N_POINTS; i++)
		fprintf(out, "  %-13s %s\n", point_name(i), point_meaning(i));
	fprintf(out, "\nexit codes: 0 recorded (points may have been refused), 1 a system call failed, 2 usage or plan\n");
}

#define FIELD(type, field) \
	{ #type, #field, offsetof(struct type, field), sizeof(((struct type *)0)->field) }

/* The layout as the compiler sees it, for the test that holds the decoder against it. */
static int layout(void)
{
	static const struct { const char *type, *field; size_t offset, size; } fields[] = {
		FIELD(file_head, magic), FIELD(file_head, version), FIELD(file_head, mechanism),
		FIELD(file_head, record_bytes), FIELD(file_head, header_bytes),
		FIELD(block_head, magic), FIELD(block_head, kind), FIELD(block_head, bytes), FIELD(block_head, crc32),
		FIELD(record, time_ns), FIELD(record, skb), FIELD(record, source), FIELD(record, destination),
		FIELD(record, source_port), FIELD(record, destination_port), FIELD(record, number), FIELD(record, ifindex),
		FIELD(record, netns), FIELD(record, tid), FIELD(record, length), FIELD(record, point), FIELD(record, cpu),
		FIELD(record, protocol), FIELD(record, flags), FIELD(record, payload), FIELD(record, aux),
	};

	printf("{\"magic\":\"%s\",\"version\":%d,\"blockMagic\":%u,", TRACE_MAGIC, TRACE_VERSION, BLOCK_MAGIC);
	printf("\"mechanisms\":{\"bpf\":%d,\"tracefs\":%d},\"kinds\":{\"records\":%d,\"trailer\":%d,\"pages\":%d,\"round\":%d},",
	       MECHANISM_BPF,
	       MECHANISM_TRACEFS, BLOCK_RECORDS, BLOCK_TRAILER, BLOCK_PAGES, BLOCK_ROUND);
	printf("\"flags\":{\"byState\":%d,\"ack\":%d,\"gso\":%d,\"retransmit\":%d,\"name\":%d,\"noNumber\":%d,\"ipv6\":%d},",
	       RECORD_BY_STATE, RECORD_ACK, RECORD_GSO, RECORD_RETRANSMIT, RECORD_NAME, RECORD_NO_NUMBER, RECORD_IPV6);
	printf("\"sizes\":{\"file_head\":%zu,\"block_head\":%zu,\"record\":%zu},\"points\":[", sizeof(struct file_head),
	       sizeof(struct block_head), sizeof(struct record));
	for (int i = 1; i < N_POINTS; i++)
		printf("%s{\"number\":%d,\"name\":\"%s\",\"meaning\":\"%s\"}", i > 1 ? "," : "", i, point_name(i), point_meaning(i));
	printf("],\"fields\":[");
	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
		printf("%s{\"type\":\"%s\",\"field\":\"%s\",\"offset\":%zu,\"size\":%zu}", i ? "," : "", fields[i].type,
		       fields[i].field, fields[i].offset, fields[i].size);
	printf("]}\n");
	return 0;
}

static int trace(void)
{
	static struct plan plan;
	static struct file file;
	struct loaded loaded = { .lost = -1, .stats = -1 };
	struct drained drained = { .n_cpus = libbpf_num_possible_cpus() };
	enum end end = END_INPUT;
	char *header, *trailer;
	bool to_stdout;
	int err;

	if (read_plan(&plan))
		return 2;
	if (drained.n_cpus < 1)
		drained.n_cpus = 1;
	drained.cpus = calloc(drained.n_cpus, sizeof(*drained.cpus));
	load_points(&loaded, &plan);
	if (loaded.delay_err)
		return fail("delay", loaded.delay_err);
	header = header_json(&plan);
	if (!header || !drained.cpus)
		return fail("memory", ENOMEM);
	to_stdout = !strcmp(plan.output, "-");
	err = to_stdout ? 0 : open_file(&file, &plan, header);
	if (!err) {
		printf("ready %s\n", header);
		fflush(stdout);
		err = to_stdout ? open_file(&file, &plan, header) : 0;
	}
	if (err)
		return fail(plan.output, err);
	drained.start_ns = now_ns();
	err = drain(&loaded, &plan, &file, &drained, &end);
	detach_points(&loaded);
	if (!err)
		drain_rest(&loaded, &file, &drained);
	if (err)
		fail("read the records", err);
	trailer = trailer_json(&loaded, &drained, end);
	if (file.err)
		return fail(plan.output, file.err);
	if (!trailer)
		return fail("memory", ENOMEM);
	if (err)
		return 1;
	err = end_file(&file, trailer);
	return err ? fail(plan.output, err) : 0;
}

int main(int argc, char **argv)
{
	/* No SA_RESTART: what waits has to come back and see `stopping`. */
	struct sigaction stop = { .sa_handler = on_stop }, ignore = { .sa_handler = SIG_IGN };
	/* Before Linux 5.11 maps count against it. */
	struct rlimit unlimited = { RLIM_INFINITY, RLIM_INFINITY };

	if (argc == 2 && (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h"))) {
		usage(stdout);
		return 0;
	}
	if (argc == 2 && !strcmp(argv[1], "layout"))
		return layout();
	if (argc != 1 && (argc != 2 || (strcmp(argv[1], "tracefs") && strcmp(argv[1], "abilities")))) {
		usage(stderr);
		return 2;
	}
	sigaction(SIGTERM, &stop, NULL);
	sigaction(SIGINT, &stop, NULL);
	sigaction(SIGPIPE, &ignore, NULL);
	setrlimit(RLIMIT_MEMLOCK, &unlimited);
	if (argc == 1)
		return trace();
	return strcmp(argv[1], "tracefs") ? print_abilities() : trace_by_tracefs();
}
