// SPDX-License-Identifier: GPL-2.0-only
/* Hears all frames of the device: counts the requests among them by rung, and answers test frames. */
#include "answer.h"
#include "mark.h"
#include "sockets.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/if_ether.h>
#include <netpacket/packet.h>
#include <netinet/icmp6.h>
#include <netinet/ip.h>
#include <netinet/ip6.h>
#include <netinet/ip_icmp.h>
#include <netinet/tcp.h>
#include <netinet/udp.h>
#include <string.h>
#include <sys/socket.h>

/* Headers and the mark are enough: the rest of a frame is cut. */
#define SNAP 160
#define FRAMES_PER_WAKE 4096
#define HEAD 14

int open_frames(const struct answer *a)
{
	struct packet_mreq all = { .mr_ifindex = a->device.index, .mr_type = PACKET_MR_PROMISC };
	int fd = packet_socket(a->device.index, ETH_P_ALL);

	/* A NIC that filters VLANs (virtio-net does) drops those that no interface was made for. */
	if (fd >= 0 && a->plan->vlan)
		setsockopt(fd, SOL_PACKET, PACKET_ADD_MEMBERSHIP, &all, sizeof(all));
	if (fd >= 0)
		set_option(fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, 1);
	return fd;
}

static void count_mark(struct answer *a, const uint8_t *at, size_t len)
{
	struct mark mark;

	if (len < sizeof(mark))
		return;
	memcpy(&mark, at, sizeof(mark));
	if (mark.magic == MARK_MAGIC && mark.rung < N_RUNGS)
		a->seen->frames[mark.rung]++;
}

static void count_arp(struct answer *a, const uint8_t *at, size_t len)
{
	static const uint8_t nobody[4] = { 0 };

	/* A probe of the climber's own address has no sender, or asks for another. */
	if (len >= 28 && at[6] == 0 && at[7] == 1 && !memcmp(at + 24, &a->plan->local, 4) && memcmp(at + 14, nobody, 4))
		a->seen->frames[RUNG_ARP]++;
}

static void count_transport(struct answer *a, int protocol, const uint8_t *at, size_t len, bool v6)
{
	struct tcphdr tcp;
	struct udphdr udp;

	if (protocol == IPPROTO_UDP && len >= sizeof(udp)) {
		memcpy(&udp, at, sizeof(udp));
		if (ntohs(udp.dest) == a->plan->port)
			count_mark(a, at + sizeof(udp), len - sizeof(udp));
	} else if (protocol == IPPROTO_TCP && len >= sizeof(tcp)) {
		memcpy(&tcp, at, sizeof(tcp));
		if (ntohs(tcp.dest) == a->plan->port && tcp.syn && !tcp.ack)
			a->seen->frames[v6 ? RUNG_IPV6_TCP : RUNG_TCP_CONNECT]++;
	}
}

static void count_ipv4(struct answer *a, const uint8_t *at, size_t len)
{
	struct iphdr ip;
	size_t head;

	if (len < sizeof(ip))
		return;
	memcpy(&ip, at, sizeof(ip));
	head = ip.ihl * 4;
	if (len < head || ntohs(ip.frag_off) & IP_OFFMASK)
		return;
	if (ip.protocol == IPPROTO_ICMP && len >= head + sizeof(struct icmphdr) && at[head] == ICMP_ECHO)
		count_mark(a, at + head + sizeof(struct icmphdr), len - head - sizeof(struct icmphdr));
	else
		count_transport(a, ip.protocol, at + head, len - head, false);
}

static void count_ipv6(struct answer *a, const uint8_t *at, size_t len)
{
	struct ip6_hdr ip;
	const uint8_t *inner = at + sizeof(ip);

	if (len < sizeof(ip) + 8)
		return;
	memcpy(&ip, at, sizeof(ip));
	len -= sizeof(ip);
	if (ip.ip6_nxt != IPPROTO_ICMPV6)
		count_transport(a, ip.ip6_nxt, inner, len, true);
	else if (inner[0] == ICMP6_ECHO_REQUEST)
		count_mark(a, inner + 8, len - 8);
	else if (inner[0] == ND_NEIGHBOR_SOLICIT && len >= 24 && !memcmp(inner + 8, &a->plan->local6, 16))
		a->seen->frames[RUNG_ND]++;
}

/* The frame goes back as it came, with what was seen of its tag: a tag that was lost is not put on again. */
static void answer_test(struct answer *a, int fd, const uint8_t *frame, size_t len, bool tagged, uint16_t tci)
{
	uint8_t bytes[HEAD + 4 + 46] = { 0 }, *at = bytes;
	uint16_t words[3] = { htons(ETH_P_8021Q), htons(tci), htons(TEST_ETHERTYPE) };
	struct mark mark;

	if (len < HEAD + sizeof(mark))
		return;
	memcpy(&mark, frame + HEAD, sizeof(mark));
	if (mark.magic != MARK_MAGIC || mark.rung >= N_RUNGS || mark.answer & ~REQUEST_BARE)
		return;
	if (!mark.answer)
		a->seen->frames[mark.rung]++;
	if (!mark.answer && tagged)
		a->seen->requests[mark.rung]++;
	mark.answer = tagged ? ANSWER_TAGGED | (tci & 0xfff) : ANSWER_UNTAGGED;
	at = (uint8_t *)memcpy(at, frame + 6, 6) + 6;
	at = (uint8_t *)memcpy(at, a->device.mac, 6) + 6;
	if (tagged)
		at = (uint8_t *)memcpy(at, words, 4) + 4;
	at = (uint8_t *)memcpy(at, &words[2], 2) + 2;
	memcpy(at, &mark, sizeof(mark));
	send(fd, bytes, tagged ? sizeof(bytes) : sizeof(bytes) - 4, 0);
}

void answer_frame(struct answer *a, int fd)
{
	for (int i = 0; i < FRAMES_PER_WAKE; i++) {
		uint8_t bytes[SNAP];
		struct frame_origin from;
		ssize_t n = receive_tagged(fd, bytes, sizeof(bytes), &from);
		uint16_t ethertype;

		if (n < 0 && errno != EINTR)
			return;
		if (n < HEAD || from.outgoing)
			continue;
		memcpy(&ethertype, bytes + 12, 2);
		switch (ntohs(ethertype)) {
		case ETH_P_ARP:
			count_arp(a, bytes + HEAD, (size_t)n - HEAD);
			break;
		case ETH_P_IP:
			count_ipv4(a, bytes + HEAD, (size_t)n - HEAD);
			break;
		case ETH_P_IPV6:
			count_ipv6(a, bytes + HEAD, (size_t)n - HEAD);
			break;
		case TEST_ETHERTYPE:
			answer_test(a, fd, bytes, (size_t)n, from.tagged, from.tci);
			break;
		}
	}
}
