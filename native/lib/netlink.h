/* SPDX-License-Identifier: GPL-2.0-only */
/* Netlink without a library: one request, its answers, their attributes. */
#ifndef HOPLAB_LIB_NETLINK_H
#define HOPLAB_LIB_NETLINK_H

#include <linux/genetlink.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <stdbool.h>
#include <stddef.h>

struct request {
	struct nlmsghdr head;
	union {
		struct genlmsghdr generic;
		struct ifinfomsg link;
		struct ifaddrmsg address;
		struct rtmsg route;
		struct ndmsg neighbour;
		struct tcmsg tc;
		char bytes[256];
	};
};

/* Sees one message of the answer; false: that is enough. */
typedef bool see_message(const struct nlmsghdr *message, void *context);

/* A request of this type, with room for a body of that size, zeroed. */
struct request new_request(int type, int flags, size_t body);
void add_attribute(struct request *request, int type, const void *value, size_t size);
/* Opens a socket in the current network namespace, of these groups: a descriptor, or -errno. */
int open_netlink(int protocol, unsigned int groups);
/*
 * Sends the request and sees its answers: all of a dump, up to the acknowledgement where that was asked for, else one.
 * 0 or -errno.
 */
int ask_kernel(int protocol, struct request *request, see_message *see, void *context);

/* The attribute of that type, behind a body of that size; NULL if there is none. */
const struct nlattr *find_attribute(const struct nlmsghdr *message, size_t body, int type);
/* Its value, if it has that size at least. */
const void *value_of(const struct nlattr *attribute, size_t size);
size_t value_bytes(const struct nlattr *attribute);

#endif
