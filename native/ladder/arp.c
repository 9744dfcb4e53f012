// SPDX-License-Identifier: GPL-2.0-only
/* ARP through a packet socket: no cache and no static neighbour stands between. */
#include "climb.h"
#include "result.h"
#include "sockets.h"

#include <arpa/inet.h>
#include <errno.h>
#include <net/if_arp.h>
#include <netinet/if_ether.h>
#include <netpacket/packet.h>
#include <poll.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

/* How long a second answer is waited for, once the first has come. */
#define SECOND_ANSWER_US 30000
#define MAX_ANSWERERS 4

struct arp_packet {
	uint8_t to[6], from[6];
	uint16_t ethertype, hardware, protocol;
	uint8_t hardware_len, protocol_len;
	uint16_t operation;
	uint8_t sender_mac[6], sender_ip[4], target_mac[6], target_ip[4];
} __attribute__((packed));

struct arp {
	struct in_addr wanted, sender;
	uint8_t mac[MAX_ANSWERERS][6];
	int macs;
};

static int send_arp(struct exchange *x, int attempt)
{
	const struct arp *a = x->own;
	struct arp_packet p = {
		.ethertype = htons(ETH_P_ARP), .hardware = htons(ARPHRD_ETHER), .protocol = htons(ETH_P_IP),
		.hardware_len = 6, .protocol_len = 4, .operation = htons(ARPOP_REQUEST),
	};

	(void)attempt;
	memcpy(p.to, ALL_STATIONS, 6);
	memcpy(p.from, x->climb->device.mac, 6);
	memcpy(p.sender_mac, x->climb->device.mac, 6);
	memcpy(p.sender_ip, &a->sender, 4);
	memcpy(p.target_ip, &a->wanted, 4);
	return send(x->fd, &p, sizeof(p), 0) < 0 ? -errno : 0;
}

/* Answers carry no number: they answer the newest request. */
static int receive_arp(struct exchange *x)
{
	struct arp *a = x->own;
	struct arp_packet p;
	struct sockaddr_ll from;
	socklen_t len = sizeof(from);
	ssize_t n = recvfrom(x->fd, &p, sizeof(p), 0, (struct sockaddr *)&from, &len);

	if (n < 0)
		return -errno;
	if ((size_t)n < sizeof(p) || from.sll_pkttype == PACKET_OUTGOING || p.ethertype != htons(ETH_P_ARP) ||
	    p.operation != htons(ARPOP_REPLY) || memcmp(p.sender_ip, &a->wanted, 4))
		return -ENOMSG;
	/* Another machine's answer that a promiscuous device heard is not ours. */
	if (memcmp(p.to, x->climb->device.mac, 6) && memcmp(p.to, ALL_STATIONS, 6))
		return -ENOMSG;
	for (int i = 0; i < a->macs; i++)
		if (!memcmp(a->mac[i], p.sender_mac, 6))
			return x->result->sent - 1;
	if (a->macs < MAX_ANSWERERS)
		memcpy(a->mac[a->macs++], p.sender_mac, 6);
	return x->result->sent - 1;
}

/* The kernel's own entry, which its packets are sent by; false = there is none. */
static bool cached_mac(const struct climb *c, int fd, uint8_t *mac)
{
	struct arpreq request = { 0 };
	struct sockaddr_in to = ipv4(c->plan->remote, 0);

	memcpy(&request.arp_pa, &to, sizeof(to));
	memcpy(request.arp_dev, c->plan->device, sizeof(request.arp_dev) - 1);
	if (ioctl(fd, SIOCGARP, &request) < 0 || !(request.arp_flags & ATF_COM))
		return false;
	memcpy(mac, request.arp_ha.sa_data, 6);
	return true;
}

static void listen_on(struct exchange *x, int64_t us)
{
	int64_t until = now_us() + us;

	while (wait_for(x->fd, POLLIN, until) > 0)
		for (int i = 0; i < MAX_PACKETS && x->receive(x) != -EAGAIN; i++)
			;
}

/* RFC 5227: does another machine have our own address? */
static void probe_own_address(struct climb *c, struct result *r, int fd)
{
	struct arp a = { .wanted = c->plan->local };
	struct exchange x = { .climb = c, .result = r, .fd = fd, .send = send_arp, .receive = receive_arp, .own = &a };
	char text[18];

	if (send_arp(&x, 0))
		return;
	listen_on(&x, SECOND_ANSWER_US + 4 * c->rtt_us);
	if (!a.macs)
		return;
	format_mac(text, a.mac[0]);
	say(r, "duplicate address: %s answers for our own address", text);
	put_data(r, "ownAddressAt", text);
	r->passed = false;
}

int climb_arp(struct climb *c, struct result *r, const struct wish *wish)
{
	struct arp a = { .wanted = c->plan->remote, .sender = c->plan->local };
	struct exchange x = { .climb = c, .result = r, .send = send_arp, .receive = receive_arp, .own = &a };
	char text[18], keys[MAX_ANSWERERS][8] = { "mac", "mac2", "mac3", "mac4" };
	uint8_t cached[6];
	int ioctls;

	x.fd = packet_socket(c->device.index, ETH_P_ARP);
	if (x.fd < 0)
		return x.fd;
	if (run_exchange(&x, wish))
		listen_on(&x, SECOND_ANSWER_US + 4 * c->rtt_us);
	for (int i = 0; i < a.macs; i++) {
		format_mac(text, a.mac[i]);
		put_data(r, keys[i], text);
		if (i == 0)
			say(r, "it is at %s", text);
		else
			say(r, "duplicate address: %s answers for it too", text);
	}
	if (a.macs > 1)
		r->passed = false;
	if (a.macs) {
		memcpy(c->remote_mac, a.mac[0], 6);
		c->has_remote_mac = true;
	}
	ioctls = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (ioctls >= 0 && cached_mac(c, ioctls, cached)) {
		format_mac(text, cached);
		put_data(r, "neighbourMac", text);
		if (a.macs && memcmp(cached, a.mac[0], 6))
			say(r, "but this machine's neighbour entry says %s", text);
	}
	if (ioctls >= 0)
		close(ioctls);
	probe_own_address(c, r, x.fd);
	close(x.fd);
	return 0;
}
