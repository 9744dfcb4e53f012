// SPDX-License-Identifier: GPL-2.0-only
/* Sockets, devices, the clock. */
#include "ladder.h"
#include "sockets.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netpacket/packet.h>
#include <poll.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

/* linux/sockios.h and linux/ethtool.h, which musl does not ship. */
#define SIOCETHTOOL_REQUEST 0x8946
#define ETHTOOL_GLINK 0x0a

/* linux/in6.h: an option that musl does not name. */
#define IPV6_FREEBIND_OPTION 78

int64_t now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000LL + t.tv_nsec / 1000;
}

int read_device(const char *name, struct device *device)
{
	struct ethtool_link { uint32_t command, up; } link = { ETHTOOL_GLINK, 0 };
	struct ifreq request = { 0 };
	int fd, err = 0;

	memset(device, 0, sizeof(*device));
	fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	strncpy(request.ifr_name, name, IFNAMSIZ - 1);
	if (ioctl(fd, SIOCGIFINDEX, &request) < 0)
		goto failed;
	device->index = request.ifr_ifindex;
	if (ioctl(fd, SIOCGIFMTU, &request) < 0)
		goto failed;
	device->mtu = request.ifr_mtu;
	if (ioctl(fd, SIOCGIFFLAGS, &request) < 0)
		goto failed;
	device->up = request.ifr_flags & IFF_UP;
	device->carrier = request.ifr_flags & IFF_RUNNING;
	/* IFF_RUNNING follows a cable that is pulled or put back by up to a second. */
	request.ifr_data = (char *)&link;
	if (device->up && !ioctl(fd, SIOCETHTOOL_REQUEST, &request))
		device->carrier = link.up;
	if (ioctl(fd, SIOCGIFHWADDR, &request) < 0)
		goto failed;
	memcpy(device->mac, request.ifr_hwaddr.sa_data, sizeof(device->mac));
	goto out;
failed:
	err = -errno;
out:
	close(fd);
	return err;
}

int set_option(int fd, int level, int name, int value)
{
	return setsockopt(fd, level, name, &value, sizeof(value)) < 0 ? -errno : 0;
}

int bind_device(int fd, const char *name)
{
	return setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, name, strlen(name) + 1) < 0 ? -errno : 0;
}

struct sockaddr_in ipv4(struct in_addr address, uint16_t port)
{
	return (struct sockaddr_in){ .sin_family = AF_INET, .sin_addr = address, .sin_port = htons(port) };
}

struct sockaddr_in6 ipv6(const struct in6_addr *address, uint16_t port)
{
	return (struct sockaddr_in6){ .sin6_family = AF_INET6, .sin6_addr = *address, .sin6_port = htons(port) };
}

/* Listens on an address that this machine does not have too: that it lacks it is for the rungs to find. */
void bind_freely(int fd)
{
	set_option(fd, IPPROTO_IP, IP_FREEBIND, 1);
	set_option(fd, IPPROTO_IPV6, IPV6_FREEBIND_OPTION, 1);
}

/* A raw socket on one device. It must never hold a kernel's answer back: packet sockets see copies. */
int packet_socket(int index, uint16_t protocol)
{
	struct sockaddr_ll at = {
		.sll_family = AF_PACKET,
		.sll_protocol = htons(protocol),
		.sll_ifindex = index,
	};
	int fd;

	/* Index 0 would be every device. */
	if (!index)
		return -ENODEV;
	fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -errno;
	if (bind(fd, (struct sockaddr *)&at, sizeof(at)) < 0) {
		int err = -errno;

		close(fd);
		return err;
	}
	set_option(fd, SOL_PACKET, PACKET_AUXDATA, 1);
	return fd;
}

/* <linux/if_packet.h>, which musl does not ship. */
struct tpacket_auxdata {
	uint32_t status, len, snaplen;
	uint16_t mac, net, vlan_tci, vlan_tpid;
};
_Static_assert(sizeof(struct tpacket_auxdata) == 20, "as the kernel has it");
#define TP_STATUS_VLAN_VALID (1 << 4)

/* One frame, cut to `size`; as recv(2), with -1 and errno. */
ssize_t receive_tagged(int fd, void *bytes, size_t size, struct frame_origin *from)
{
	char control[CMSG_SPACE(sizeof(struct tpacket_auxdata))];
	struct iovec part = { bytes, size };
	struct sockaddr_ll at = { 0 };
	struct msghdr message = {
		.msg_name = &at, .msg_namelen = sizeof(at), .msg_iov = &part, .msg_iovlen = 1,
		.msg_control = control, .msg_controllen = sizeof(control),
	};
	ssize_t n = recvmsg(fd, &message, 0);

	*from = (struct frame_origin){ .outgoing = at.sll_pkttype == PACKET_OUTGOING };
	for (struct cmsghdr *c = n < 0 ? NULL : CMSG_FIRSTHDR(&message); c; c = CMSG_NXTHDR(&message, c)) {
		struct tpacket_auxdata aux;

		if (c->cmsg_level != SOL_PACKET || c->cmsg_type != PACKET_AUXDATA)
			continue;
		memcpy(&aux, CMSG_DATA(c), sizeof(aux));
		from->tagged = aux.status & TP_STATUS_VLAN_VALID;
		from->tci = aux.vlan_tci;
	}
	return n;
}

/* `out` holds at least 18 bytes. */
void format_mac(char *out, const uint8_t *mac)
{
	sprintf(out, "%02x:%02x:%02x:%02x:%02x:%02x", mac[0], mac[1], mac[2], mac[3], mac[4], mac[5]);
}

/* 1 = ready, 0 = the time has come. */
int wait_for(int fd, short events, int64_t until_us)
{
	struct pollfd p = { .fd = fd, .events = events };

	for (;;) {
		int64_t left = until_us - now_us();
		int n;

		/* Not looked at again, else those who are flooded would never be done. */
		if (left <= 0)
			return 0;
		n = poll(&p, 1, (int)((left + 999) / 1000));
		if (n > 0)
			return n;
		if (n < 0 && errno != EINTR)
			return -errno;
	}
}
