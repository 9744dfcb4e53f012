// SPDX-License-Identifier: GPL-2.0-only
/* Asks the kernel by netlink what no ioctl tells: XDP features, master, queues. */
#include "loader.h"
#include "netlink.h"

#include <errno.h>
#include <linux/if_link.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* The "netdev" family of Linux 6.3; named here because the headers of older distributions lack it. */
#define NETDEV_GET 1
#define NETDEV_IFINDEX 1
#define NETDEV_XDP_FEATURES 3
#define FEATURE_NDO_XMIT 4


static struct nlattr *add_attribute(struct request *request, int type, const void *value, int size)
{
	struct nlattr *attribute = (void *)((char *)request + NLMSG_ALIGN(request->head.nlmsg_len));

	attribute->nla_type = type;
	attribute->nla_len = NLA_HDRLEN + size;
	memcpy((char *)attribute + NLA_HDRLEN, value, size);
	request->head.nlmsg_len = NLMSG_ALIGN(request->head.nlmsg_len) + NLA_ALIGN(attribute->nla_len);
	return attribute;
}

/* Sends a request and receives one message: its bytes, or -errno. */
static int ask(int protocol, struct request *request, void *reply, size_t size)
{
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, protocol), got;
	struct nlmsghdr *head = reply;

	if (fd < 0)
		return -errno;
	request->head.nlmsg_flags = NLM_F_REQUEST;
	if (send(fd, request, request->head.nlmsg_len, 0) < 0)
		got = -errno;
	else
		got = recv(fd, reply, size, 0);
	if (got == -1)
		got = -errno;
	close(fd);
	if (got < 0)
		return got;
	if (got < (int)sizeof(*head) || head->nlmsg_len > (unsigned int)got)
		return -EBADMSG;
	if (head->nlmsg_type == NLMSG_ERROR)
		return ((struct nlmsgerr *)NLMSG_DATA(head))->error ?: -EBADMSG;
	return head->nlmsg_len;
}

int dump(struct request *request, bool (*see)(const struct nlmsghdr *message, void *context), void *context)
{
	static char reply[64 << 10] __attribute__((aligned(8)));
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE), err = 0;
	bool more = true;

	if (fd < 0)
		return -errno;
	request->head.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
	if (send(fd, request, request->head.nlmsg_len, 0) < 0)
		err = -errno;
	while (!err && more) {
		int got = recv(fd, reply, sizeof(reply), 0);

		if (got <= 0)
			err = got < 0 ? -errno : -EBADMSG;
		for (struct nlmsghdr *head = (void *)reply; !err && more && got > 0 && NLMSG_OK(head, (unsigned int)got);
		     head = NLMSG_NEXT(head, got)) {
			if (head->nlmsg_type == NLMSG_ERROR)
				err = ((struct nlmsgerr *)NLMSG_DATA(head))->error ?: -EBADMSG;
			else
				more = head->nlmsg_type != NLMSG_DONE && see(head, context);
		}
	}
	close(fd);
	return err;
}

const struct nlattr *find_attribute(const void *reply, int bytes, size_t head, int type)
{
	const char *at = (const char *)reply + NLMSG_HDRLEN + NLMSG_ALIGN(head), *end = (const char *)reply + bytes;

	while (at + NLA_HDRLEN <= end) {
		const struct nlattr *attribute = (const void *)at;

		if (attribute->nla_len < NLA_HDRLEN || at + attribute->nla_len > end)
			return NULL;
		if ((attribute->nla_type & NLA_TYPE_MASK) == type)
			return attribute;
		at += NLA_ALIGN(attribute->nla_len);
	}
	return NULL;
}

const void *value_of(const struct nlattr *attribute, size_t size)
{
	return attribute && attribute->nla_len >= NLA_HDRLEN + size ? (const char *)attribute + NLA_HDRLEN : NULL;
}

static struct request generic_request(int family, int command, int version)
{
	struct request request = { .head = { .nlmsg_type = family, .nlmsg_len = NLMSG_LENGTH(GENL_HDRLEN) } };

	request.generic.cmd = command;
	request.generic.version = version;
	return request;
}

static int netdev_family(void)
{
	struct request request = generic_request(GENL_ID_CTRL, CTRL_CMD_GETFAMILY, 1);
	char reply[8192] __attribute__((aligned(8)));
	const uint16_t *id;
	int bytes;

	add_attribute(&request, CTRL_ATTR_FAMILY_NAME, "netdev", sizeof("netdev"));
	bytes = ask(NETLINK_GENERIC, &request, reply, sizeof(reply));
	if (bytes < 0)
		return bytes;
	id = value_of(find_attribute(reply, bytes, GENL_HDRLEN, CTRL_ATTR_FAMILY_ID), sizeof(*id));
	return id ? *id : -ENOENT;
}

int takes_redirects(uint32_t ifindex)
{
	char reply[4096] __attribute__((aligned(8)));
	struct request request;
	int family = netdev_family(), bytes;
	uint64_t features;
	const void *value;

	if (family < 0)
		return -1;
	request = generic_request(family, NETDEV_GET, 1);
	add_attribute(&request, NETDEV_IFINDEX, &ifindex, sizeof(ifindex));
	bytes = ask(NETLINK_GENERIC, &request, reply, sizeof(reply));
	if (bytes < 0)
		return -1;
	value = value_of(find_attribute(reply, bytes, GENL_HDRLEN, NETDEV_XDP_FEATURES), sizeof(features));
	if (!value)
		return -1;
	memcpy(&features, value, sizeof(features));
	return (features & FEATURE_NDO_XMIT) != 0;
}

int read_link(struct device *device)
{
	struct request request = { .head = { .nlmsg_type = RTM_GETLINK, .nlmsg_len = NLMSG_LENGTH(sizeof(struct ifinfomsg)) } };
	char reply[16384] __attribute__((aligned(8)));
	const uint32_t *number;
	int bytes;

	request.link.ifi_index = device->ifindex;
	bytes = ask(NETLINK_ROUTE, &request, reply, sizeof(reply));
	if (bytes < 0)
		return bytes;
	number = value_of(find_attribute(reply, bytes, sizeof(struct ifinfomsg), IFLA_MASTER), sizeof(*number));
	device->master = number ? *number : 0;
	number = value_of(find_attribute(reply, bytes, sizeof(struct ifinfomsg), IFLA_NUM_RX_QUEUES), sizeof(*number));
	device->rx_queues = number ? *number : 0;
	number = value_of(find_attribute(reply, bytes, sizeof(struct ifinfomsg), IFLA_NUM_TX_QUEUES), sizeof(*number));
	device->tx_queues = number ? *number : 0;
	return 0;
}
