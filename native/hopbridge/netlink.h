/* SPDX-License-Identifier: GPL-2.0-only */
/* What the parts that speak netlink share. */
#ifndef NETLINK_H
#define NETLINK_H

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
		struct rtmsg route;
		struct tcmsg tc;
		char bytes[256];
	};
};

/* Asks for all of a kind: each message is seen until it says false. 0 or -errno. */
int dump(struct request *request, bool (*see)(const struct nlmsghdr *message, void *context), void *context);
/* The attribute of that type, behind a header of that size; NULL if there is none. */
const struct nlattr *find_attribute(const void *message, int bytes, size_t head, int type);
/* Its value, if it has that size at least. */
const void *value_of(const struct nlattr *attribute, size_t size);

#endif
