// SPDX-License-Identifier: GPL-2.0-only
/* The far side: answers all rungs until stdin is closed, then says what it saw of each. */
#include "answer.h"
#include "fail.h"
#include "roles.h"
#include "text.h"
#include "sockets.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { IN_STDIN, IN_FRAMES, IN_UDP, IN_UDP6, IN_BROADCAST, IN_MULTICAST, IN_TCP, IN_TCP6, N_INPUTS };

/* Whom the kernel itself answers: that a frame was heard is all that can be counted. */
static const bool by_kernel[N_RUNGS] = {
	[RUNG_ARP] = true, [RUNG_ICMP] = true, [RUNG_ND] = true, [RUNG_IPV6] = true,
};

static int open_inputs(const struct answer *a, struct pollfd *in)
{
	const struct plan *p = a->plan;
	bool device = a->device.index;
	const struct { int input; bool wanted; const char *what; } inputs[] = {
		{ IN_FRAMES, device, "frames of the device" },
		{ IN_UDP, true, "UDP" },
		{ IN_UDP6, p->has_local6, "UDP over IPv6" },
		{ IN_BROADCAST, device, "broadcasts" },
		{ IN_MULTICAST, device && p->has_group, "the multicast group" },
		{ IN_TCP, true, "TCP" },
		{ IN_TCP6, p->has_local6, "TCP over IPv6" },
	};

	in[IN_STDIN] = (struct pollfd){ .fd = STDIN_FILENO, .events = POLLIN };
	for (size_t i = 0; i < sizeof(inputs) / sizeof(inputs[0]); i++) {
		int fd = -1, input = inputs[i].input;

		if (inputs[i].wanted) {
			fd = input == IN_FRAMES ? open_frames(a) :
			     input == IN_TCP || input == IN_TCP6 ? open_tcp(a, input == IN_TCP6) :
			     open_udp(a, input == IN_UDP6 ? RUNG_IPV6_UDP : input == IN_BROADCAST ? RUNG_BROADCAST :
				      input == IN_MULTICAST ? RUNG_MULTICAST : RUNG_UDP_SMALL);
			if (fd < 0) {
				fprintf(stderr, "hoplab-ladder: listen for %s: %s\n", inputs[i].what, strerror(-fd));
				return fd;
			}
		}
		in[input] = (struct pollfd){ .fd = fd, .events = POLLIN };
	}
	return 0;
}

static void serve(struct answer *a, struct pollfd *in, int input)
{
	int fd = in[input].fd;

	switch (input) {
	case IN_FRAMES:
		answer_frame(a, fd);
		break;
	case IN_UDP:
	case IN_UDP6:
		answer_datagram(a, fd, N_RUNGS);
		break;
	case IN_BROADCAST:
		answer_datagram(a, fd, RUNG_BROADCAST);
		break;
	case IN_MULTICAST:
		answer_datagram(a, fd, RUNG_MULTICAST);
		break;
	default:
		answer_connection(a, fd, input == IN_TCP6);
	}
}

/* True = stdin was closed. */
static bool closed(void)
{
	char bytes[256];
	ssize_t n = read(STDIN_FILENO, bytes, sizeof(bytes));

	return !n || (n < 0 && errno != EINTR && errno != EAGAIN);
}

static void print_seen(const struct answer *a)
{
	static char bytes[4096];
	struct text line = { .at = bytes, .size = sizeof(bytes) };
	struct device now;
	bool first = true;

	put(&line, "{\"device\":");
	if (a->plan->device[0] && !read_device(a->plan->device, &now)) {
		put(&line, "{\"name\":");
		put_string(&line, a->plan->device);
		put(&line, ",\"up\":%s,\"carrier\":%s}", now.up ? "true" : "false", now.carrier ? "true" : "false");
	} else {
		put(&line, "null");
	}
	put(&line, ",\"seen\":{");
	for (int i = 0; i < N_RUNGS; i++) {
		uint32_t frames = a->seen->frames[i], requests = by_kernel[i] ? frames : a->seen->requests[i];

		if (!frames && !requests)
			continue;
		put(&line, "%s\"%s\":{\"requests\":%u,\"frames\":%u}", first ? "" : ",", rung_name(i), requests, frames);
		first = false;
	}
	put(&line, "}}");
	puts(line.at);
}

int run_answer(const struct plan *plan)
{
	struct pollfd in[N_INPUTS];
	struct answer a = { .plan = plan };

	a.seen = mmap(NULL, sizeof(*a.seen), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (a.seen == MAP_FAILED)
		return fail("memory", -errno);
	/* Without its device nothing of layer 2 is answered, which the other side will see. */
	if (plan->device[0])
		read_device(plan->device, &a.device);
	/* Connections are served by children, which nobody waits for. */
	signal(SIGCHLD, SIG_IGN);
	if (open_inputs(&a, in))
		return EXIT_SYSTEM;
	puts("ready");
	fflush(stdout);
	for (;;) {
		int n = poll(in, N_INPUTS, -1);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return fail("poll", -errno);
		/* Frames first: what was sent before stdin was closed is counted. */
		for (int i = N_INPUTS - 1; i > IN_STDIN; i--)
			if (in[i].revents)
				serve(&a, in, i);
		if (in[IN_STDIN].revents && closed())
			break;
	}
	print_seen(&a);
	return EXIT_DONE;
}
