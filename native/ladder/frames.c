// SPDX-License-Identifier: GPL-2.0-only
/* ARP and test frames of Ethernet itself, through packet sockets: no cache and no static neighbour stands between. */
#include "climb.h"

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
#define LEAST_FRAME 60

static const uint8_t all_stations[6] = { 255, 255, 255, 255, 255, 255 };

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
	memcpy(p.to, all_stations, 6);
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
	if (memcmp(p.to, x->climb->device.mac, 6) && memcmp(p.to, all_stations, 6))
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

struct test_frame {
	enum rung rung;
	const uint8_t *to;
	uint16_t vlan;            /* 0 = untagged */
	uint16_t seen;            /* what the answerer saw of the tag */
	bool bare;                /* not the rung's own request */
	bool tagged;              /* the answer came with the tag */
};

static int send_frame(struct exchange *x, int attempt)
{
	const struct test_frame *t = x->own;
	struct mark mark = mark_of(x->climb, t->rung, attempt);
	uint16_t words[3] = { htons(ETH_P_8021Q), htons(t->vlan), htons(TEST_ETHERTYPE) };
	uint8_t bytes[LEAST_FRAME + 4] = { 0 }, *at = bytes;

	mark.answer = t->bare ? REQUEST_BARE : 0;
	at = (uint8_t *)memcpy(at, t->to, 6) + 6;
	at = (uint8_t *)memcpy(at, x->climb->device.mac, 6) + 6;
	if (t->vlan)
		at = (uint8_t *)memcpy(at, words, 4) + 4;
	at = (uint8_t *)memcpy(at, &words[2], 2) + 2;
	memcpy(at, &mark, sizeof(mark));
	return send(x->fd, bytes, t->vlan ? sizeof(bytes) : LEAST_FRAME, 0) < 0 ? -errno : 0;
}

static int receive_frame(struct exchange *x)
{
	struct test_frame *t = x->own;
	uint8_t bytes[128];
	struct frame_origin from;
	ssize_t n = receive_tagged(x->fd, bytes, sizeof(bytes), &from);
	uint16_t ethertype;
	struct mark mark;
	int attempt;

	if (n < 0)
		return -errno;
	memcpy(&ethertype, bytes + 12, 2);
	if (n < 14 || from.outgoing || ntohs(ethertype) != TEST_ETHERTYPE)
		return -ENOMSG;
	attempt = attempt_of(x->climb, t->rung, bytes + 14, (size_t)n - 14);
	if (attempt < 0)
		return attempt;
	memcpy(&mark, bytes + 14, sizeof(mark));
	if (!(mark.answer & (ANSWER_TAGGED | ANSWER_UNTAGGED)))
		return -ENOMSG;
	t->seen = mark.answer;
	t->tagged = from.tagged && (from.tci & 0xfff) == t->vlan;
	return attempt;
}

/* All protocols, not TEST_ETHERTYPE alone: a tagged frame is only given to those who hear all. */
static int test_socket(struct climb *c)
{
	struct packet_mreq all = { .mr_ifindex = c->device.index, .mr_type = PACKET_MR_PROMISC };
	int fd = packet_socket(c->device.index, ETH_P_ALL);

	/* A NIC that filters VLANs (virtio-net does) drops those that no interface was made for. */
	if (fd >= 0)
		setsockopt(fd, SOL_PACKET, PACKET_ADD_MEMBERSHIP, &all, sizeof(all));
	return fd;
}

int climb_vlan(struct climb *c, struct result *r, const struct wish *wish)
{
	struct test_frame t = {
		.rung = RUNG_VLAN, .to = c->has_remote_mac ? c->remote_mac : all_stations, .vlan = c->plan->vlan,
	};
	struct exchange x = { .climb = c, .result = r, .send = send_frame, .receive = receive_frame, .own = &t };
	int answered;

	put_number(r, "vlan", c->plan->vlan);
	x.fd = test_socket(c);
	if (x.fd < 0)
		return x.fd;
	answered = run_exchange(&x, wish);
	say(r, "802.1Q frames of VLAN %d", c->plan->vlan);
	if (answered && !(t.seen & ANSWER_TAGGED)) {
		say(r, "they arrived without their tag");
		put_data(r, "tag", "lost on the way out");
		r->passed = false;
	} else if (answered && !t.tagged) {
		say(r, "the answers came without their tag");
		put_data(r, "tag", "lost on the way back");
		r->passed = false;
	} else if (answered && (t.seen & 0xfff) != c->plan->vlan) {
		say(r, "they arrived in VLAN %d", t.seen & 0xfff);
		r->passed = false;
	}
	close(x.fd);
	if (!r->passed && !answered)
		say_test_frame(c, r, t.to);
	return 0;
}

/* Whether the same frame without a tag or IP passes: tells the layer that fails. */
void say_test_frame(struct climb *c, struct result *r, const uint8_t *to)
{
	static char detail[256], data[16];
	struct result one = { .detail = { .at = detail, .size = sizeof(detail) }, .data = { .at = data, .size = sizeof(data) } };
	struct test_frame t = { .rung = r->rung, .to = to, .bare = true };
	struct exchange x = { .climb = c, .result = &one, .send = send_frame, .receive = receive_frame, .own = &t };
	struct wish wish = { .tries = 2, .limit_ms = c->alive ? 200 : 60 };
	bool passed;

	x.fd = test_socket(c);
	if (x.fd < 0)
		return;
	passed = run_exchange(&x, &wish) > 0;
	close(x.fd);
	say(r, "a bare Ethernet frame %s", passed ? "does pass" : "does not pass either");
	put_data(r, "bareFrame", passed ? "passes" : "lost");
}
