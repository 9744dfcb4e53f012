// SPDX-License-Identifier: GPL-2.0-only
/*
 * hoplab-hoptrace: records where a probe's packets and tasks are, point by point, each on the kernel's clock.
 *
 * The plan comes as text on stdin; once all programs that the kernel grants record, "ready" and a JSON document of what
 * was granted and refused go to stdout. It ends at the end of stdin or by SIGTERM, and writes what is left.
 */
#include "clock.h"
#include "document.h"
#include "layout.h"
#include "load/abilities.h"
#include "load/grant.h"
#include "stop.h"
#include "tracefs/tracefs.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

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
	err = to_stdout ? 0 : open_file(&file, plan.output, header);
	if (!err) {
		printf("ready %s\n", header);
		fflush(stdout);
		err = to_stdout ? open_file(&file, plan.output, header) : 0;
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
	/* Before Linux 5.11 maps count against it. */
	struct rlimit unlimited = { RLIM_INFINITY, RLIM_INFINITY };

	if (argc == 2 && (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h"))) {
		usage(stdout);
		return 0;
	}
	if (argc == 2 && !strcmp(argv[1], "layout"))
		return print_layout();
	if (argc != 1 && (argc != 2 || (strcmp(argv[1], "tracefs") && strcmp(argv[1], "abilities")))) {
		usage(stderr);
		return 2;
	}
	catch_signals();
	setrlimit(RLIMIT_MEMLOCK, &unlimited);
	if (argc == 1)
		return trace();
	return strcmp(argv[1], "tracefs") ? print_abilities() : trace_by_tracefs();
}
