// SPDX-License-Identifier: GPL-2.0-only
/*
 * One hop: a packet socket on its device, and the frames that it brings.
 *
 * What such a socket sees: frames on their way out of the device after the kernel has done what the driver cannot
 * (segmenting, completing checksums, inserting tags), and frames that came in, after GRO and after generic XDP, before
 * any bridge, macvlan or Open vSwitch port takes them. What native XDP redirects or drops it never sees.
 *
 * What listening changes: the kernel keeps a second reference to every frame, so that a driver or native XDP on a veth
 * copies what it would have changed in place; GRO, segmentation and checksums stay as they are. A frame of a protocol
 * that nobody takes is no longer dropped as UNHANDLED_PROTO: the socket has taken it. The device is not made promiscuous.
 */
#include "capture.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/virtio_net.h>
#include <sched.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

/* A burst of a bulk transfer; the kernel doubles it for its own overhead. */
#define BUFFER_BYTES (16 << 20)
#define TAG_BYTES 4
#define MAC_ADDRESSES 12
/* Not in musl's headers. */
#ifndef TP_STATUS_VLAN_TPID_VALID
#define TP_STATUS_VLAN_TPID_VALID (1 << 6)
#endif
#ifndef TP_STATUS_CSUM_VALID
#define TP_STATUS_CSUM_VALID (1 << 7)
#endif

static int open_socket(const struct hop *hop)
{
	struct sockaddr_ll to = { .sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL) };
	int on = 1, bytes = BUFFER_BYTES, fd, err;

	to.sll_ifindex = if_nametoindex(hop->device);
	if (!to.sll_ifindex)
		return -errno;
	/* Protocol 0: nothing is queued before the socket is bound to its device. */
	fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	if (setsockopt(fd, SOL_PACKET, PACKET_VNET_HDR, &on, sizeof(on)) ||
	    setsockopt(fd, SOL_PACKET, PACKET_AUXDATA, &on, sizeof(on)) ||
	    setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof(on)))
		goto out;
	/* The second needs no privilege, and gives what net.core.rmem_max allows. */
	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof(bytes)) &&
	    setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof(bytes)))
		goto out;
	if (!bind(fd, (struct sockaddr *)&to, sizeof(to)))
		return fd;
out:
	err = -errno;
	close(fd);
	return err;
}

/* The socket stays in the namespace where it was opened; the process comes back. */
int open_hop(struct hop *hop)
{
	int here = -1, there = -1, fd;

	if (!hop->netns[0])
		return open_socket(hop);
	here = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	there = open(hop->netns, O_RDONLY | O_CLOEXEC);
	if (here < 0 || there < 0 || setns(there, CLONE_NEWNET)) {
		fd = -errno;
		goto out;
	}
	fd = open_socket(hop);
	if (setns(here, CLONE_NEWNET)) {
		if (fd >= 0)
			close(fd);
		fd = -errno;
	}
out:
	if (there >= 0)
		close(there);
	if (here >= 0)
		close(here);
	return fd;
}

/* Beside the bytes of a frame. */
struct beside {
	struct tpacket_auxdata aux;
	struct timespec time;
};

static void read_beside(struct msghdr *msg, struct beside *beside)
{
	memset(beside, 0, sizeof(*beside));
	for (struct cmsghdr *c = CMSG_FIRSTHDR(msg); c; c = CMSG_NXTHDR(msg, c)) {
		if (c->cmsg_level == SOL_PACKET && c->cmsg_type == PACKET_AUXDATA)
			memcpy(&beside->aux, CMSG_DATA(c), sizeof(beside->aux));
		else if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_TIMESTAMPNS)
			memcpy(&beside->time, CMSG_DATA(c), sizeof(beside->time));
	}
	if (!beside->time.tv_sec)
		clock_gettime(CLOCK_REALTIME, &beside->time);
}

/* A tag that the kernel keeps beside the frame goes back to where it was on the wire. */
static size_t restore_tag(uint8_t *bytes, size_t have, const struct tpacket_auxdata *aux, struct frame_record *frame)
{
	uint16_t tpid = aux->tp_status & TP_STATUS_VLAN_TPID_VALID ? aux->tp_vlan_tpid : ETH_P_8021Q;
	uint16_t tag[2] = { htons(tpid), htons(aux->tp_vlan_tci) };

	if (!(aux->tp_status & TP_STATUS_VLAN_VALID) || have < MAC_ADDRESSES)
		return have;
	memmove(bytes + MAC_ADDRESSES + TAG_BYTES, bytes + MAC_ADDRESSES, have - MAC_ADDRESSES);
	memcpy(bytes + MAC_ADDRESSES, tag, TAG_BYTES);
	frame->length += TAG_BYTES;
	frame->known |= KNOWN_TAG_RESTORED;
	if (frame->vnet_flags & VIRTIO_NET_HDR_F_NEEDS_CSUM)
		frame->csum_start += TAG_BYTES;
	if (frame->gso_type)
		frame->header_length += TAG_BYTES;
	return have + TAG_BYTES;
}

static void keep(struct plan *plan, int index, const struct sockaddr_ll *from, const struct virtio_net_hdr *vnet,
		 const struct beside *beside, uint8_t *bytes, size_t length)
{
	struct hop *hop = &plan->hops[index];
	size_t have = length < plan->max_bytes ? length : plan->max_bytes;
	struct frame_record frame = {
		.time_ns = beside->time.tv_sec * 1000000000LL + beside->time.tv_nsec,
		.length = length,
		.hop = index,
		.packet_type = from->sll_pkttype,
		.vnet_flags = vnet->flags,
		.gso_type = vnet->gso_type,
		.gso_size = vnet->gso_size,
		.csum_start = vnet->csum_start,
		.csum_offset = vnet->csum_offset,
		.header_length = vnet->hdr_len,
	};

	if (hop->record.kept >= plan->max_frames) {
		hop->record.skipped++;
		return;
	}
	if (beside->aux.tp_status & TP_STATUS_CSUM_VALID)
		frame.known |= KNOWN_CSUM_VALID;
	if (beside->aux.tp_status & TP_STATUS_CSUMNOTREADY)
		frame.known |= KNOWN_CSUM_NOT_READY;
	have = restore_tag(bytes, have, &beside->aux, &frame);
	frame.captured = have;
	if (have < frame.length)
		frame.known |= KNOWN_CUT;
	if (store_frame(&frame, bytes))
		hop->record.skipped++;
	else
		hop->record.kept++;
}

/* Takes all that the socket holds. */
void read_hop(struct plan *plan, int index)
{
	static uint8_t bytes[MAX_FRAME_BYTES + TAG_BYTES];
	struct hop *hop = &plan->hops[index];

	for (;;) {
		union {
			char bytes[CMSG_SPACE(sizeof(struct tpacket_auxdata)) + CMSG_SPACE(sizeof(struct timespec))];
			struct cmsghdr align;
		} control;
		struct virtio_net_hdr vnet;
		struct sockaddr_ll from = { 0 };
		struct iovec parts[2] = { { &vnet, sizeof(vnet) }, { bytes, plan->max_bytes } };
		struct msghdr msg = {
			.msg_name = &from, .msg_namelen = sizeof(from),
			.msg_iov = parts, .msg_iovlen = 2,
			.msg_control = &control, .msg_controllen = sizeof(control),
		};
		struct beside beside;
		ssize_t got = recvmsg(hop->fd, &msg, MSG_DONTWAIT | MSG_TRUNC);

		if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
			return;
		if (got < 0 && errno == EINVAL) {
			/* A frame whose kind of segmentation virtio_net_hdr has no word for; the kernel has let it go. */
			hop->record.lost++;
			continue;
		}
		if (got < 0 && (errno == EINTR || errno == ENETDOWN))
			continue;
		if (got < (ssize_t)sizeof(vnet))
			return;
		read_beside(&msg, &beside);
		keep(plan, index, &from, &vnet, &beside, bytes, got - sizeof(vnet));
	}
}

/* The kernel's own counts; reading them sets them back. */
void count_hop(struct hop *hop)
{
	struct tpacket_stats stats = { 0 };
	socklen_t size = sizeof(stats);

	if (getsockopt(hop->fd, SOL_PACKET, PACKET_STATISTICS, &stats, &size))
		return;
	hop->record.seen += stats.tp_packets;
	hop->record.lost += stats.tp_drops;
}
