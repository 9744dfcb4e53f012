// SPDX-License-Identifier: GPL-2.0-only
/*
 * For the bench of the bridge: sends small frames into one end of a wire, counts what arrives at the other with a program
 * that drops it, and says what it cost.
 *
 *   hopbridge-inject CPU PRIORITY xdp|skb
 *       Pins itself, in the class SCHED_FIFO unless the priority is 0, and prints "ready JSON". xdp: live XDP frames made
 *       within the kernel (BPF_PROG_TEST_RUN) in batches, and an XDP program that counts. skb: sk_buffs of a packet
 *       socket, one at a time, and a tc program that counts.
 *     wire NAME NETNS DEV NETNS DEV    namespaces as paths; the sender's end first. Both ends get the counting program
 *     account NAME PID                 that process's CPU time counts for the wire too
 *     learn NAME ADDRESSES             a frame from each of so many stations behind the far end, after one from the near
 *     send NAME ADDRESSES ms|frames N  frames to those stations, scattered, for so long or so many
 *
 * A JSON line answers each command. ADDRESSES is a power of two. At EOF all is taken back by the kernel.
 */
#include "injector.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_link.h>
#include <limits.h>
#include <net/if.h>
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#define MAX_WIRES 16
#define TCX_INGRESS 46 /* BPF_TCX_INGRESS of Linux 6.6: older headers do not name it */
#define MAX_WORDS 8

extern const char bpf_object_start[], bpf_object_end[];

static struct wire wires[MAX_WIRES];
static int n_wires, sink_program;
static struct sender sender;
static struct counters counters;
static clockid_t softirqd;

_Noreturn void die(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	fputs("hopbridge-inject: ", stderr);
	vfprintf(stderr, fmt, ap);
	fputc('\n', stderr);
	va_end(ap);
	exit(1);
}

static void enter(int netns)
{
	if (setns(netns, CLONE_NEWNET))
		die("enter a network namespace: %s", strerror(errno));
}

static void load(void)
{
	LIBBPF_OPTS(bpf_object_open_opts, options, .object_name = "hopbridge_inject");
	struct bpf_object *object = bpf_object__open_mem(bpf_object_start, bpf_object_end - bpf_object_start, &options);

	if (!object || bpf_object__load(object))
		die("the kernel refused the programs; they need root and Linux 5.18 or later");
	sender.program = bpf_program__fd(bpf_object__find_program_by_name(object, "inject"));
	sink_program = bpf_program__fd(bpf_object__find_program_by_name(object, sender.packets ? "sink_tc" : "sink_xdp"));
	counters.map = bpf_object__find_map_fd_by_name(object, "arrived");
	counters.cpus = libbpf_num_possible_cpus();
	/* The program's global variables, in the kernel's own memory. */
	sender.order = mmap(NULL, sizeof(*sender.order), PROT_READ | PROT_WRITE, MAP_SHARED,
			    bpf_map__fd(bpf_object__find_map_by_name(object, ".bss")), 0);
	if (sender.program < 0 || sink_program < 0 || counters.map < 0 || sender.order == MAP_FAILED || counters.cpus < 1)
		die("the BPF object is not the one that this program was built with");
}

static __u64 send_from(const struct wire *wire, int end, struct order what, int frames, long ms)
{
	enter(wire->netns[end]);
	what.out = wire->ifindex[end];
	return send_frames(&sender, what, frames, ms);
}

static void measure(const struct wire *wire, __u32 addresses, int frames, long ms)
{
	struct order what = { .mask = addresses - 1 };
	int64_t own, other, softirq;
	struct seen seen;
	__u64 sent;

	forget(&counters, wire, 1);
	own = read_clock(CLOCK_THREAD_CPUTIME_ID);
	other = wire->account ? read_clock(wire->account) : 0;
	softirq = softirqd ? read_clock(softirqd) : 0;
	sent = send_from(wire, 0, what, frames, ms);
	await(&counters, wire, 1, sent);
	own = read_clock(CLOCK_THREAD_CPUTIME_ID) - own;
	other = wire->account ? read_clock(wire->account) - other : 0;
	softirq = softirqd ? read_clock(softirqd) - softirq : 0;
	seen = count(&counters, wire, 1);
	printf("{\"sent\":%llu,\"arrived\":%llu,\"bytes\":%llu,\"timedFrames\":%llu,\"timedNs\":%llu,\"ownNs\":%lld,"
	       "\"otherNs\":%lld,\"softirqdNs\":%lld}\n", sent, seen.frames, seen.bytes,
	       seen.last_frames - seen.first_frames, seen.last_ns - seen.first_ns, (long long)own, (long long)other,
	       (long long)softirq);
}

/* First the bridge must know where the sender is: what it floods could arrive more than once. */
static void learn(const struct wire *wire, __u32 addresses)
{
	struct order one = { 0 }, all = { .mask = addresses - 1, .learn = 1 };
	__u64 sent;

	forget(&counters, wire, 1);
	send_from(wire, 0, one, 1, 0);
	await(&counters, wire, 1, 1);
	forget(&counters, wire, 0);
	sent = send_from(wire, 1, all, addresses, 0);
	await(&counters, wire, 0, sent);
	printf("{\"sent\":%llu,\"arrived\":%llu}\n", sent, count(&counters, wire, 0).frames);
}

static void add_wire(char **words)
{
	LIBBPF_OPTS(bpf_link_create_opts, options, .flags = XDP_FLAGS_DRV_MODE);
	struct wire *wire = &wires[n_wires];

	if (n_wires == MAX_WIRES || strlen(words[1]) >= sizeof(wire->name))
		die("wire %s: one too many, or its name is too long", words[1]);
	strcpy(wire->name, words[1]);
	for (int end = 0; end < 2; end++) {
		const char *path = words[2 + 2 * end], *device = words[3 + 2 * end];
		int link;

		wire->netns[end] = open(path, O_RDONLY | O_CLOEXEC);
		if (wire->netns[end] < 0)
			die("wire %s: namespace %s: %s", wire->name, path, strerror(errno));
		enter(wire->netns[end]);
		wire->ifindex[end] = if_nametoindex(device);
		if (!wire->ifindex[end] || wire->ifindex[end] >= MAX_IFINDEX)
			die("wire %s: device %s in %s: its ifindex is %u, not 1 to %d", wire->name, device, path,
			    wire->ifindex[end], MAX_IFINDEX - 1);
		link = sender.packets ? bpf_link_create(sink_program, wire->ifindex[end], TCX_INGRESS, NULL) :
					bpf_link_create(sink_program, wire->ifindex[end], BPF_XDP, &options);
		if (link < 0)
			die("wire %s: device %s refused the counting program: %s", wire->name, device, strerror(-link));
	}
	n_wires++;
	printf("{\"wire\":\"%s\"}\n", wire->name);
}

static struct wire *wire_named(const char *name)
{
	for (int i = 0; i < n_wires; i++)
		if (!strcmp(wires[i].name, name))
			return &wires[i];
	die("no wire %s", name);
}

static __u32 addresses_of(const char *text)
{
	unsigned long n = strtoul(text, NULL, 10);

	if (!n || n & (n - 1) || n > 1 << 24)
		die("%s addresses: not a power of two up to 2^24", text);
	return n;
}

static void obey(char **words, int n)
{
	if (n == 6 && !strcmp(words[0], "wire")) {
		add_wire(words);
	} else if (n == 3 && !strcmp(words[0], "account")) {
		struct wire *wire = wire_named(words[1]);

		if (clock_getcpuclockid(atoi(words[2]), &wire->account))
			die("account %s: no process %s", wire->name, words[2]);
		printf("{\"wire\":\"%s\"}\n", wire->name);
	} else if (n == 3 && !strcmp(words[0], "learn")) {
		learn(wire_named(words[1]), addresses_of(words[2]));
	} else if (n == 5 && !strcmp(words[0], "send") && !strcmp(words[3], "ms") && atoi(words[4]) > 0) {
		measure(wire_named(words[1]), addresses_of(words[2]), INT_MAX, atol(words[4]));
	} else if (n == 5 && !strcmp(words[0], "send") && !strcmp(words[3], "frames") && atoi(words[4]) > 0) {
		measure(wire_named(words[1]), addresses_of(words[2]), atoi(words[4]), 0);
	} else {
		die("a command that is none: %s and %d words more", words[0], n - 1);
	}
}

int main(int argc, char **argv)
{
	char line[1024], *words[MAX_WORDS];
	struct sched_param priority = { .sched_priority = argc == 4 ? atoi(argv[2]) : 0 };
	bool fifo = false;
	cpu_set_t cpus;

	if (argc != 4 || (strcmp(argv[3], "xdp") && strcmp(argv[3], "skb")))
		die("usage: hopbridge-inject CPU PRIORITY xdp|skb");
	sender.packets = !strcmp(argv[3], "skb");
	CPU_ZERO(&cpus);
	CPU_SET(atoi(argv[1]), &cpus);
	if (sched_setaffinity(0, sizeof(cpus), &cpus))
		die("pin to CPU %s: %s", argv[1], strerror(errno));
	if (priority.sched_priority)
		fifo = !sched_setscheduler(0, SCHED_FIFO, &priority);
	handle_alarm();
	load();
	build_frame();
	softirqd = find_softirqd(atoi(argv[1]));
	printf("ready {\"fifo\":%s,\"softirqd\":%s}\n", fifo ? "true" : "false", softirqd ? "true" : "false");
	for (fflush(stdout); fgets(line, sizeof(line), stdin); fflush(stdout)) {
		char *save = NULL;
		int n = 0;

		for (char *w = strtok_r(line, " \n", &save); w && n < MAX_WORDS; w = strtok_r(NULL, " \n", &save))
			words[n++] = w;
		if (n)
			obey(words, n);
	}
	return 0;
}
