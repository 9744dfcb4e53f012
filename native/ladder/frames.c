// SPDX-License-Identifier: GPL-2.0-only
/* Test frames of Ethernet itself, tagged and bare, through packet sockets. */
#include "climb.h"
#include "mark.h"
#include "result.h"
#include "sockets.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/if_ether.h>
#include <netpacket/packet.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define LEAST_FRAME 60

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
		.rung = RUNG_VLAN, .to = c->has_remote_mac ? c->remote_mac : ALL_STATIONS, .vlan = c->plan->vlan,
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
	struct result one;
	struct test_frame t = { .rung = r->rung, .to = to, .bare = true };
	struct exchange x = { .climb = c, .result = &one, .send = send_frame, .receive = receive_frame, .own = &t };
	struct wish wish = { .tries = 2, .limit_ms = c->alive ? 200 : 60 };
	bool passed;

	start_result(&one, r->rung);
	x.fd = test_socket(c);
	if (x.fd < 0)
		return;
	passed = run_exchange(&x, &wish) > 0;
	close(x.fd);
	say(r, "a bare Ethernet frame %s", passed ? "does pass" : "does not pass either");
	put_data(r, "bareFrame", passed ? "passes" : "lost");
}
