// SPDX-License-Identifier: GPL-2.0-only
/*
 * For the tests of the bridge: sends and receives whole frames on taps, as a guest does, and on packet sockets.
 *
 *   frames tap:NAME|packet:NAME ...
 *       Creates the taps, opens all, prints "ready". Reads "send INDEX HEX [csum START OFFSET] [gso TYPE SIZE HEADERS]"
 *       and prints "INDEX HEX PARTIAL GSO" for each frame that arrives: whether its checksum is announced as partial,
 *       and its GSO size. "flush" is answered with "flushed" once all lines before it were sent, and "settle" with
 *       "settled" once nothing has arrived for a while besides.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/if_tun.h>
#include <linux/virtio_net.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#define MAX_PORTS 32
#define MAX_FRAME 70000
#define MAX_LINE (2 * MAX_FRAME + 256)
/* A frame is there when its send returns, unless the kernel left it to the CPU's own thread, which may wait for that CPU. */
#define QUIET_MS 40

static struct { int fd; int tap; } ports[MAX_PORTS];
static int n_ports;
static unsigned char frame[MAX_FRAME];

static void die(const char *what)
{
	perror(what);
	exit(1);
}

static int open_tap(const char *name)
{
	struct ifreq req = { .ifr_flags = IFF_TAP | IFF_NO_PI | IFF_VNET_HDR };
	int fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK);

	strncpy(req.ifr_name, name, IFNAMSIZ - 1);
	if (fd < 0 || ioctl(fd, TUNSETIFF, &req) || ioctl(fd, TUNSETOFFLOAD, TUN_F_CSUM | TUN_F_TSO4 | TUN_F_TSO6))
		die(name);
	return fd;
}

static int open_packet(const char *name)
{
	struct sockaddr_ll at = { .sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL), .sll_ifindex = if_nametoindex(name) };
	int fd = socket(AF_PACKET, SOCK_RAW | SOCK_NONBLOCK, 0), on = 1;

	if (fd < 0 || !at.sll_ifindex || setsockopt(fd, SOL_PACKET, PACKET_VNET_HDR, &on, sizeof(on)) ||
	    setsockopt(fd, SOL_PACKET, PACKET_AUXDATA, &on, sizeof(on)) ||
	    setsockopt(fd, SOL_PACKET, 23 /* PACKET_IGNORE_OUTGOING */, &on, sizeof(on)) ||
	    bind(fd, (void *)&at, sizeof(at)))
		die(name);
	return fd;
}

static void receive(int index);

static void receive_all(void)
{
	for (int i = 0; i < n_ports; i++)
		receive(i);
}

/*
 * Sleeps on one CPU after the other: what holds a CPU under real-time priority keeps this process from waking there, as
 * long as it keeps the kernel's thread from its frames.
 */
static void settle(void)
{
	struct pollfd polls[MAX_PORTS];
	cpu_set_t all, one;
	int count, quiet = 0;

	if (sched_getaffinity(0, sizeof(all), &all))
		die("sched_getaffinity");
	count = CPU_COUNT(&all);
	for (int cpu = 0; quiet < count; cpu = (cpu + 1) % CPU_SETSIZE) {
		if (!CPU_ISSET(cpu, &all))
			continue;
		CPU_ZERO(&one);
		CPU_SET(cpu, &one);
		sched_setaffinity(0, sizeof(one), &one);
		receive_all();
		for (int i = 0; i < n_ports; i++)
			polls[i] = (struct pollfd){ .fd = ports[i].fd, .events = POLLIN };
		quiet = poll(polls, n_ports, QUIET_MS / count + 1) > 0 ? 0 : quiet + 1;
	}
	sched_setaffinity(0, sizeof(all), &all);
	puts("settled");
}

static void send_line(char *line)
{
	struct virtio_net_hdr head = { 0 };
	struct iovec parts[2] = { { &head, sizeof(head) }, { frame, 0 } };
	char *save, *word = strtok_r(line, " ", &save), *hex;
	int index;

	if (word && !strcmp(word, "flush")) {
		puts("flushed");
		return;
	}
	if (word && !strcmp(word, "settle")) {
		settle();
		return;
	}
	word = strtok_r(NULL, " ", &save);
	hex = strtok_r(NULL, " ", &save);
	if (!word || !hex)
		die("a line");
	index = atoi(word);
	for (; hex[0] && hex[1]; hex += 2) {
		char digits[3] = { hex[0], hex[1], 0 };

		frame[parts[1].iov_len++] = strtoul(digits, NULL, 16);
	}
	while ((word = strtok_r(NULL, " ", &save))) {
		int gso = !strcmp(word, "gso");

		if (!gso) {
			head.flags = VIRTIO_NET_HDR_F_NEEDS_CSUM;
			head.csum_start = atoi(strtok_r(NULL, " ", &save));
			head.csum_offset = atoi(strtok_r(NULL, " ", &save));
		} else {
			head.gso_type = atoi(strtok_r(NULL, " ", &save));
			head.gso_size = atoi(strtok_r(NULL, " ", &save));
			head.hdr_len = atoi(strtok_r(NULL, " ", &save));
		}
	}
	while (writev(ports[index].fd, parts, 2) < 0) {
		struct pollfd room = { .fd = ports[index].fd, .events = POLLOUT };

		if (errno != EAGAIN && errno != ENOBUFS) {
			printf("unsent %d %s\n", index, strerror(errno));
			return;
		}
		poll(&room, 1, 10);
	}
}

/* A tag that the kernel keeps beside the frame goes back where it was. */
static size_t restore_tag(struct msghdr *message, size_t bytes)
{
	for (struct cmsghdr *c = CMSG_FIRSTHDR(message); c; c = CMSG_NXTHDR(message, c)) {
		const struct tpacket_auxdata *aux = (void *)CMSG_DATA(c);
		unsigned short tag[2];

		if (c->cmsg_level != SOL_PACKET || c->cmsg_type != PACKET_AUXDATA || !(aux->tp_status & TP_STATUS_VLAN_VALID))
			continue;
		tag[0] = htons(aux->tp_status & TP_STATUS_VLAN_TPID_VALID ? aux->tp_vlan_tpid : ETH_P_8021Q);
		tag[1] = htons(aux->tp_vlan_tci);
		memmove(frame + 16, frame + 12, bytes - 12);
		memcpy(frame + 12, tag, 4);
		return bytes + 4;
	}
	return bytes;
}

static void receive(int index)
{
	struct virtio_net_hdr head;
	char control[256];
	struct iovec parts[2] = { { &head, sizeof(head) }, { frame, sizeof(frame) - 4 } };
	struct msghdr message = { .msg_iov = parts, .msg_iovlen = 2, .msg_control = control, .msg_controllen = sizeof(control) };
	ssize_t got;

	for (;;) {
		message.msg_controllen = sizeof(control);
		got = ports[index].tap ? readv(ports[index].fd, parts, 2) : recvmsg(ports[index].fd, &message, 0);
		if (got < (ssize_t)sizeof(head) + 14)
			return;
		got -= sizeof(head);
		if (!ports[index].tap)
			got = restore_tag(&message, got);
		printf("%d ", index);
		for (ssize_t i = 0; i < got; i++)
			printf("%02x", frame[i]);
		printf(" %d %d\n", head.flags & VIRTIO_NET_HDR_F_NEEDS_CSUM ? 1 : 0, head.gso_type ? head.gso_size : 0);
	}
}

int main(int argc, char **argv)
{
	static char line[MAX_LINE];
	struct pollfd polls[MAX_PORTS + 1];
	size_t used = 0;

	for (int i = 1; i < argc && n_ports < MAX_PORTS; i++) {
		ports[n_ports].tap = !strncmp(argv[i], "tap:", 4);
		ports[n_ports].fd = ports[n_ports].tap ? open_tap(argv[i] + 4) : open_packet(strchr(argv[i], ':') + 1);
		n_ports++;
	}
	puts("ready");
	for (;;) {
		fflush(stdout);
		for (int i = 0; i < n_ports; i++)
			polls[i] = (struct pollfd){ .fd = ports[i].fd, .events = POLLIN };
		polls[n_ports] = (struct pollfd){ .fd = STDIN_FILENO, .events = POLLIN };
		if (poll(polls, n_ports + 1, -1) < 0)
			continue;
		for (int i = 0; i < n_ports; i++)
			if (polls[i].revents & POLLIN)
				receive(i);
		if (!polls[n_ports].revents)
			continue;
		ssize_t got = read(STDIN_FILENO, line + used, sizeof(line) - used - 1);

		if (got <= 0)
			return 0;
		used += got;
		line[used] = 0;
		for (char *end; (end = memchr(line, '\n', used)); ) {
			size_t length = end - line + 1;

			*end = 0;
			send_line(line);
			memmove(line, line + length, used - length);
			used -= length;
			receive_all();
		}
	}
}
