// SPDX-License-Identifier: GPL-2.0-only
/*
 * hoplab-capture: keeps the frames that pass several devices, with what the kernel knows of them beside their bytes.
 *
 * The plan comes as text on stdin; once every socket listens it says "ready"; at the end of stdin the frames go to
 * stdout (see record.h). A device that cannot be listened on is told there and does not keep the others from it.
 * The same static binary runs on hosts and in guests.
 */
#include "capture.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

static int fail(const char *what, int err)
{
	fprintf(stderr, "hoplab-capture: %s: %s\n", what, strerror(err < 0 ? -err : err));
	return EXIT_SYSTEM;
}

static int listen_until_end(struct plan *plan)
{
	struct pollfd fds[MAX_HOPS + 1] = { { .fd = STDIN_FILENO, .events = POLLIN } };

	for (int i = 0; i < plan->n_hops; i++)
		fds[i + 1] = (struct pollfd){ .fd = plan->hops[i].fd, .events = POLLIN };
	for (;;) {
		char ignored[256];

		if (poll(fds, plan->n_hops + 1, -1) < 0 && errno != EINTR)
			return -errno;
		for (int i = 0; i < plan->n_hops; i++)
			if (fds[i + 1].revents)
				read_hop(plan, i);
		if (fds[0].revents && read(STDIN_FILENO, ignored, sizeof(ignored)) <= 0)
			return 0;
	}
}

static int capture(void)
{
	static struct plan plan;
	int err;

	if (read_plan(&plan))
		return EXIT_USAGE;
	for (int i = 0; i < plan.n_hops; i++) {
		struct hop *hop = &plan.hops[i];

		hop->fd = open_hop(hop);
		if (hop->fd < 0) {
			hop->record.error = -hop->fd;
			fprintf(stderr, "hoplab-capture: listen on %s (%s): %s\n", hop->device, hop->name, strerror(-hop->fd));
			hop->fd = -1;
		}
	}
	puts("ready");
	fflush(stdout);
	err = listen_until_end(&plan);
	if (err)
		return fail("wait for frames", err);
	for (int i = 0; i < plan.n_hops; i++) {
		if (plan.hops[i].fd < 0)
			continue;
		read_hop(&plan, i);
		count_hop(&plan.hops[i]);
	}
	err = write_store(&plan);
	return err ? fail("write the frames", err) : EXIT_DONE;
}

#define FIELD(type, field) \
	{ #type, #field, offsetof(struct type, field), sizeof(((struct type *)0)->field) }

/* The layout as the compiler sees it, for the test that holds the decoder against it. */
static int layout(void)
{
	static const struct { const char *type, *field; size_t offset, size; } fields[] = {
		FIELD(head, magic), FIELD(head, version), FIELD(head, hop_bytes), FIELD(head, frame_bytes),
		FIELD(head, hops), FIELD(head, frames),
		FIELD(hop_record, seen), FIELD(hop_record, lost), FIELD(hop_record, skipped), FIELD(hop_record, error),
		FIELD(hop_record, kept),
		FIELD(frame_record, time_ns), FIELD(frame_record, length), FIELD(frame_record, captured),
		FIELD(frame_record, hop), FIELD(frame_record, packet_type), FIELD(frame_record, known),
		FIELD(frame_record, vnet_flags), FIELD(frame_record, gso_type), FIELD(frame_record, gso_size),
		FIELD(frame_record, csum_start), FIELD(frame_record, csum_offset), FIELD(frame_record, header_length),
		FIELD(frame_record, reserved),
	};

	printf("{\"version\":%d,\"sizes\":{\"head\":%zu,\"hop_record\":%zu,\"frame_record\":%zu},", CAPTURE_VERSION,
	       sizeof(struct head), sizeof(struct hop_record), sizeof(struct frame_record));
	printf("\"known\":{\"csumValid\":%d,\"csumNotReady\":%d,\"tagRestored\":%d,\"cut\":%d},\"fields\":[",
	       KNOWN_CSUM_VALID, KNOWN_CSUM_NOT_READY, KNOWN_TAG_RESTORED, KNOWN_CUT);
	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
		printf("%s{\"type\":\"%s\",\"field\":\"%s\",\"offset\":%zu,\"size\":%zu}", i ? "," : "",
		       fields[i].type, fields[i].field, fields[i].offset, fields[i].size);
	printf("]}\n");
	return EXIT_DONE;
}

static void usage(FILE *out)
{
	fprintf(out, "usage: hoplab-capture < PLAN > FRAMES\n       hoplab-capture layout\n\n"
		"Says \"ready\", listens until the end of stdin, then writes the frames.\n\nplan:\n");
	print_plan_keys(out);
	fprintf(out, "\nexit codes: 0 frames written, 1 a system call failed, 2 usage or plan\n");
}

int main(int argc, char **argv)
{
	if (argc == 1)
		return capture();
	if (argc == 2 && !strcmp(argv[1], "layout"))
		return layout();
	if (argc == 2 && (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h"))) {
		usage(stdout);
		return EXIT_DONE;
	}
	usage(stderr);
	return EXIT_USAGE;
}
