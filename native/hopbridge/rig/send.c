// SPDX-License-Identifier: GPL-2.0-only
/* The two ways in which the injector sends: live XDP frames out of the kernel, and sk_buffs by a packet socket. */
#include "injector.h"

#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <errno.h>
#include <limits.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/ip.h>
#include <linux/udp.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

/*
 * Less than a NAPI poll's budget and a veth's ring; and a packet socket's default buffer, which is Open vSwitch's queue,
 * holds no more than 51 frames that came as XDP frames, each a page.
 */
#define BATCH 32
#define BYPASS 20 /* PACKET_QDISC_BYPASS */

static unsigned char frame[FRAME_BYTES];
static volatile sig_atomic_t over;

static __u16 checksum(const void *data, size_t bytes, __u32 sum)
{
	const __u16 *words = data;

	for (size_t i = 0; i < bytes / 2; i++)
		sum += words[i];
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return ~sum;
}

/* UDP from one documentation address to another, with right checksums; the program writes the MAC addresses. */
void build_frame(void)
{
	struct ethhdr *eth = (void *)frame;
	struct iphdr *ip = (void *)(eth + 1);
	struct udphdr *udp = (void *)(ip + 1);
	__u16 bytes = FRAME_BYTES - sizeof(*eth) - sizeof(*ip);
	__u32 pseudo = 0;

	eth->h_proto = htons(ETH_P_IP);
	*ip = (struct iphdr){ .version = 4, .ihl = 5, .ttl = 64, .protocol = IPPROTO_UDP };
	ip->tot_len = htons(bytes + sizeof(*ip));
	ip->saddr = htonl(0xc0000201);
	ip->daddr = htonl(0xc0000202);
	ip->check = checksum(ip, sizeof(*ip), 0);
	*udp = (struct udphdr){ .source = htons(9), .dest = htons(9), .len = htons(bytes) };
	for (int half = 0; half < 2; half++)
		pseudo += (ip->saddr >> (16 * half) & 0xffff) + (ip->daddr >> (16 * half) & 0xffff);
	udp->check = checksum(udp, bytes, pseudo + htons(IPPROTO_UDP) + htons(bytes));
}

static void on_alarm(int signal)
{
	(void)signal;
	over = 1;
}

/* Without SA_RESTART: the alarm is to end a system call. */
void handle_alarm(void)
{
	sigaction(SIGALRM, &(struct sigaction){ .sa_handler = on_alarm }, NULL);
}

/*
 * One system call sends them all: the kernel waits tens of milliseconds before the first frame and after the last, while
 * it installs the program and takes it out. A timer ends a run by time, the call then says EINTR.
 */
static __u64 send_live(volatile struct order *order, int program, struct order what, int frames)
{
	LIBBPF_OPTS(bpf_test_run_opts, options, .data_in = frame, .data_size_in = sizeof(frame), .repeat = frames,
		    .flags = BPF_F_TEST_XDP_LIVE_FRAMES, .batch_size = BATCH);
	int err;

	*order = what;
	err = bpf_prog_test_run_opts(program, &options);
	if (err && !(over && err == -EINTR))
		die("send frames: %s", strerror(-err));
	return order->next;
}

/* Each is through, as far as softirqs take it, before the next one leaves. */
static __u64 send_packets(struct order what, int frames)
{
	struct sockaddr_ll to = { .sll_family = AF_PACKET, .sll_ifindex = what.out };
	int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0), on = 1;
	static unsigned char bytes[BATCH][FRAME_BYTES];
	struct mmsghdr messages[BATCH];
	struct iovec parts[BATCH];
	__u64 sent = 0;

	if (fd < 0 || bind(fd, (void *)&to, sizeof(to)) || setsockopt(fd, SOL_PACKET, BYPASS, &on, sizeof(on)))
		die("open a packet socket: %s", strerror(errno));
	for (int i = 0; i < BATCH; i++) {
		memcpy(bytes[i], frame, FRAME_BYTES);
		parts[i] = (struct iovec){ bytes[i], FRAME_BYTES };
		messages[i] = (struct mmsghdr){ .msg_hdr = { .msg_iov = &parts[i], .msg_iovlen = 1 } };
	}
	while (!over && sent < (__u64)frames) {
		int n = frames - sent < BATCH ? frames - sent : BATCH, got;

		for (int i = 0; i < n; i++)
			address_frame(bytes[i], &what);
		got = sendmmsg(fd, messages, n, 0);
		if (got < 0 && errno == EINTR)
			got = 0;
		if (got < 0)
			die("send frames: %s", strerror(errno));
		/* Those that were not sent come again. */
		what.next -= n - got;
		sent += got;
	}
	close(fd);
	return sent;
}

__u64 send_frames(struct sender *sender, struct order what, int frames, long ms)
{
	struct itimerval timer = { .it_value = { ms / 1000, ms % 1000 * 1000 } };

	over = 0;
	if (ms && setitimer(ITIMER_REAL, &timer, NULL))
		die("start a timer: %s", strerror(errno));
	return sender->packets ? send_packets(what, frames) : send_live(sender->order, sender->program, what, frames);
}
