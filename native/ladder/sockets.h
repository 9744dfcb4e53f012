/* SPDX-License-Identifier: GPL-2.0-only */
/* Devices, addresses and sockets. */
#ifndef HOPLAB_LADDER_SOCKETS_H
#define HOPLAB_LADDER_SOCKETS_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* A device as the kernel describes it now. */
struct device {
	int index, mtu;
	bool up, carrier;
	uint8_t mac[6];
};

/* What a packet socket says of a frame beside its bytes: the kernel takes the tag of a VLAN out of them. */
struct frame_origin {
	bool outgoing, tagged;
	uint16_t tci;
};

int64_t now_us(void);
int read_device(const char *name, struct device *device);
int set_option(int fd, int level, int name, int value);
int bind_device(int fd, const char *name);
struct sockaddr_in ipv4(struct in_addr address, uint16_t port);
struct sockaddr_in6 ipv6(const struct in6_addr *address, uint16_t port);
void bind_freely(int fd);
int packet_socket(int index, uint16_t protocol);
ssize_t receive_tagged(int fd, void *bytes, size_t size, struct frame_origin *from);
void format_mac(char *out, const uint8_t *mac);
int wait_for(int fd, short events, int64_t until_us);

#endif
