// SPDX-License-Identifier: GPL-2.0-only
/* Asks the kernel by netlink what no ioctl tells: XDP features, master, queues. */
#include "features.h"
#include "netlink.h"

#include <errno.h>
#include <linux/if_link.h>
#include <string.h>

/* The "netdev" family of Linux 6.3; named here because the headers of older distributions lack it. */
#define NETDEV_GET 1
#define NETDEV_IFINDEX 1
#define NETDEV_XDP_FEATURES 3
#define FEATURE_NDO_XMIT 4

static struct request generic_request(int family, int command)
{
	struct request request = new_request(family, 0, GENL_HDRLEN);

	request.generic.cmd = command;
	request.generic.version = 1;
	return request;
}

static bool see_family(const struct nlmsghdr *message, void *context)
{
	const uint16_t *id = value_of(find_attribute(message, GENL_HDRLEN, CTRL_ATTR_FAMILY_ID), sizeof(*id));

	if (id)
		*(int *)context = *id;
	return false;
}

static int netdev_family(void)
{
	struct request request = generic_request(GENL_ID_CTRL, CTRL_CMD_GETFAMILY);
	int family = -ENOENT, err;

	add_attribute(&request, CTRL_ATTR_FAMILY_NAME, "netdev", sizeof("netdev"));
	err = ask_kernel(NETLINK_GENERIC, &request, see_family, &family);
	return err ?: family;
}

static bool see_features(const struct nlmsghdr *message, void *context)
{
	const void *value = value_of(find_attribute(message, GENL_HDRLEN, NETDEV_XDP_FEATURES), sizeof(uint64_t));
	uint64_t features;

	if (value) {
		memcpy(&features, value, sizeof(features));
		*(int *)context = (features & FEATURE_NDO_XMIT) != 0;
	}
	return false;
}

int takes_redirects(uint32_t ifindex)
{
	int family = netdev_family(), takes = -1;
	struct request request;

	if (family < 0)
		return -1;
	request = generic_request(family, NETDEV_GET);
	add_attribute(&request, NETDEV_IFINDEX, &ifindex, sizeof(ifindex));
	return ask_kernel(NETLINK_GENERIC, &request, see_features, &takes) ? -1 : takes;
}

static uint32_t number_of(const struct nlmsghdr *message, int type)
{
	const uint32_t *number = value_of(find_attribute(message, sizeof(struct ifinfomsg), type), sizeof(*number));

	return number ? *number : 0;
}

static bool see_link(const struct nlmsghdr *message, void *context)
{
	struct link_facts *facts = context;

	facts->master = number_of(message, IFLA_MASTER);
	facts->rx_queues = number_of(message, IFLA_NUM_RX_QUEUES);
	facts->tx_queues = number_of(message, IFLA_NUM_TX_QUEUES);
	return false;
}

int read_link(uint32_t ifindex, struct link_facts *facts)
{
	struct request request = new_request(RTM_GETLINK, 0, sizeof(struct ifinfomsg));

	request.link.ifi_index = ifindex;
	return ask_kernel(NETLINK_ROUTE, &request, see_link, facts);
}
