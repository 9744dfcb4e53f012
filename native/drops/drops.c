// SPDX-License-Identifier: GPL-2.0-only
/*
 * hoplab-drops: counts the frames that the kernel drops in some network namespaces, by its own reason.
 *
 * The plan comes as text on stdin; once all programs count it says "ready"; at the end of stdin the counts go to stdout
 * as one JSON document. A kernel that refuses some of it, or all, is no failure: the document says what and why.
 */
#include "loader.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

static const struct { const char *group, *tracepoint; } points[N_POINTS] = {
	[POINT_kfree_skb] = { "skb", "kfree_skb" },
	[POINT_xdp_exception] = { "xdp", "xdp_exception" },
	[POINT_xdp_redirect_err] = { "xdp", "xdp_redirect_err" },
	[POINT_xdp_redirect_map_err] = { "xdp", "xdp_redirect_map_err" },
	[POINT_xdp_devmap_xmit] = { "xdp", "xdp_devmap_xmit" },
	[POINT_xdp_bulk_tx] = { "xdp", "xdp_bulk_tx" },
	[POINT_xdp_cpumap_enqueue] = { "xdp", "xdp_cpumap_enqueue" },
	[POINT_xdp_cpumap_kthread] = { "xdp", "xdp_cpumap_kthread" },
};

static void usage(FILE *out)
{
	fprintf(out, "usage: hoplab-drops < PLAN > COUNTS\n\n"
		"Says \"ready\", counts until the end of stdin, then writes the counts as JSON.\n\nplan:\n");
	print_plan_keys(out);
	fprintf(out, "\ntracepoints:\n");
	for (int i = 0; i < N_POINTS; i++)
		fprintf(out, "  %s:%s\n", points[i].group, points[i].tracepoint);
	fprintf(out, "\nexit codes: 0 counts written, 1 a system call failed, 2 usage or plan\n");
}

int main(int argc, char **argv)
{
	static struct plan plan;
	static struct loaded loaded = { .drops = -1, .losses = -1, .uncounted = -1 };
	char ignored[256];
	ssize_t got;
	int err;

	if (argc == 2 && (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h"))) {
		usage(stdout);
		return 0;
	}
	if (argc != 1) {
		usage(stderr);
		return 2;
	}
	if (read_plan(&plan))
		return 2;
	for (int i = 0; i < N_POINTS; i++) {
		loaded.sources[i].group = points[i].group;
		loaded.sources[i].tracepoint = points[i].tracepoint;
	}
	load_points(&loaded, &plan);
	puts("ready");
	fflush(stdout);
	do
		got = read(STDIN_FILENO, ignored, sizeof(ignored));
	while (got > 0 || (got < 0 && errno == EINTR));
	detach_points(&loaded);
	err = print_report(&loaded, &plan);
	if (err)
		fprintf(stderr, "hoplab-drops: write the counts: %s\n", strerror(-err));
	return err ? 1 : 0;
}
