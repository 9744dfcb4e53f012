// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tracing where BPF is not to be had: tracepoints in instances of tracefs of its own. Pages of the kernel's buffers are
 * kept as they come; whoever reads the file decodes them by the formats in its header. The plan, a line each:
 *
 *	root PATH			where tracefs is mounted
 *	stream NAME [TID ...]		an instance of that name; with tids it has events of these tasks and their children alone;
 *					PID+ is all threads of that process
 *	event STREAM SYSTEM/NAME FILTER	FILTER may be empty; @sendto@ in it is the number of that system call
 *	buffer KB, drain MS, output PATH or "-", extra JSON (goes into the header as it is), go
 *
 * A block of pages is: u32 stream, u32 CPU, then pages, each cut behind its last event to a multiple of 8. After a look
 * into all buffers comes a round: u64, a time before which everything has been read.
 */
#include "tracefs.h"
#include "../clock.h"
#include "document.h"
#include "pages.h"
#include "streams.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* An event may be stamped and not yet be committed by the time we look. */
#define MARGIN_NS 2000000ULL

static int complain(const char *what, int err)
{
	fprintf(stderr, "hoplab-hoptrace: %s: %s\n", what, strerror(abs(err)));
	return 1;
}

static int record_until_end(const struct tracefs *trace, struct pages *pages, enum end *end)
{
	struct pollfd input = { .fd = STDIN_FILENO, .events = POLLIN };
	char ignored[256];

	for (;;) {
		int ready = poll(&input, 1, (int)trace->drain_ms), err;

		if (ready < 0 && errno != EINTR)
			return -errno;
		*end = stopping ? END_SIGNAL : END_INPUT;
		if (stopping || (ready > 0 && read(STDIN_FILENO, ignored, sizeof(ignored)) <= 0))
			return 0;
		err = drain_streams(trace, pages, now_ns() - MARGIN_NS);
		if (err || pages->file.err)
			return err;
	}
}

static int record_pages(const struct tracefs *trace, const char *header)
{
	static struct pages pages = { .file.mechanism = MECHANISM_TRACEFS };
	bool to_stdout = !strcmp(trace->output, "-");
	enum end end = END_INPUT;
	__u64 start;
	char *trailer, *said = describe(trace, false);
	int err;

	if (!said)
		return complain("memory", ENOMEM);
	err = to_stdout ? 0 : open_file(&pages.file, trace->output, header);
	if (err)
		return complain(trace->output, err);
	switch_streams(trace, "1");
	printf("ready %s\n", said);
	fflush(stdout);
	if (to_stdout && (err = open_file(&pages.file, trace->output, header)))
		return complain("write", err);
	start = now_ns();
	err = record_until_end(trace, &pages, &end);
	switch_streams(trace, "0");
	if (!err)
		err = drain_streams(trace, &pages, ~0ULL);
	if (err)
		complain("read the pages", err);
	trailer = conclude(trace, start, pages.written, end);
	if (pages.file.err)
		return complain(trace->output, pages.file.err);
	if (err || !trailer)
		return 1;
	err = end_file(&pages.file, trailer);
	return err ? complain(trace->output, err) : 0;
}

int trace_by_tracefs(void)
{
	static struct tracefs trace;
	char why[500] = "";
	char *header;
	int status = 1;

	if (read_tracefs_plan(&trace))
		return 2;
	if (open_streams(&trace, why, sizeof(why))) {
		fprintf(stderr, "hoplab-hoptrace: %s\n", why);
	} else {
		header = describe(&trace, true);
		status = header ? record_pages(&trace, header) : complain("memory", ENOMEM);
	}
	close_streams(&trace);
	return status;
}
