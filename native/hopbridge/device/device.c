// SPDX-License-Identifier: GPL-2.0-only
/* What the kernel says of a device: by ioctl, because sysfs shows the namespace it was mounted in, not ours. */
#include "device.h"
#include "features.h"

#include <errno.h>
#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

static int ethtool(int fd, struct ifreq *req, void *command)
{
	req->ifr_data = command;
	return ioctl(fd, SIOCETHTOOL, req);
}

/* veth tells its far end's ifindex as its first statistic. */
static uint32_t veth_peer(int fd, struct ifreq *req, uint32_t n_stats)
{
	struct ethtool_stats *stats;
	uint32_t peer = 0;

	if (!n_stats || n_stats > 4096)
		return 0;
	stats = calloc(1, sizeof(*stats) + n_stats * sizeof(__u64));
	if (!stats)
		return 0;
	stats->cmd = ETHTOOL_GSTATS;
	stats->n_stats = n_stats;
	if (!ethtool(fd, req, stats))
		peer = stats->data[0];
	free(stats);
	return peer;
}

#define MAX_FEATURES 256

/* Whether the feature of that name is on: the kernel gives names for its bits, whose places change. */
static bool is_on(int fd, struct ifreq *req, const char *name)
{
	struct { struct ethtool_sset_info head; __u32 n; } set = { .head = { .cmd = ETHTOOL_GSSET_INFO,
									    .sset_mask = 1ULL << ETH_SS_FEATURES } };
	struct ethtool_gstrings *names = NULL;
	struct ethtool_gfeatures *features = NULL;
	bool on = false;
	__u32 n, blocks;

	if (ethtool(fd, req, &set) || !set.head.sset_mask || set.n > MAX_FEATURES)
		return false;
	n = set.n;
	blocks = (n + 31) / 32;
	names = calloc(1, sizeof(*names) + n * ETH_GSTRING_LEN);
	features = calloc(1, sizeof(*features) + blocks * sizeof(features->features[0]));
	if (!names || !features)
		goto out;
	names->cmd = ETHTOOL_GSTRINGS;
	names->string_set = ETH_SS_FEATURES;
	names->len = n;
	features->cmd = ETHTOOL_GFEATURES;
	features->size = blocks;
	if (ethtool(fd, req, names) || ethtool(fd, req, features))
		goto out;
	for (__u32 i = 0; i < n; i++)
		if (!strncmp((char *)names->data + i * ETH_GSTRING_LEN, name, ETH_GSTRING_LEN))
			on = features->features[i / 32].active >> (i % 32) & 1;
out:
	free(names);
	free(features);
	return on;
}

int read_device(const char *name, struct device *device)
{
	struct ethtool_drvinfo info = { .cmd = ETHTOOL_GDRVINFO };
	struct ethtool_value flags = { .cmd = ETHTOOL_GFLAGS };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), err = 0;
	struct link_facts link = { 0 };
	struct ifreq req = { 0 };

	if (fd < 0)
		return -errno;
	memset(device, 0, sizeof(*device));
	strncpy(req.ifr_name, name, IFNAMSIZ - 1);
	if (ioctl(fd, SIOCGIFINDEX, &req)) {
		err = -errno;
		goto out;
	}
	device->ifindex = req.ifr_ifindex;
	if (ioctl(fd, SIOCGIFMTU, &req)) {
		err = -errno;
		goto out;
	}
	device->mtu = req.ifr_mtu;
	if (ioctl(fd, SIOCGIFFLAGS, &req)) {
		err = -errno;
		goto out;
	}
	device->up = req.ifr_flags & IFF_UP;
	device->promiscuous = req.ifr_flags & IFF_PROMISC;
	if (ioctl(fd, SIOCGIFHWADDR, &req)) {
		err = -errno;
		goto out;
	}
	device->ethernet = req.ifr_hwaddr.sa_family == ARPHRD_ETHER;
	if (!ethtool(fd, &req, &info)) {
		memcpy(device->driver, info.driver, sizeof(device->driver) - 1);
		if (!strcmp(info.driver, "veth"))
			device->peer_ifindex = veth_peer(fd, &req, info.n_stats);
	}
	if (!ethtool(fd, &req, &flags)) {
		device->lro = flags.data & ETH_FLAG_LRO;
		device->rx_vlan = flags.data & ETH_FLAG_RXVLAN;
		device->tx_vlan = flags.data & ETH_FLAG_TXVLAN;
	}
	device->gro_hw = is_on(fd, &req, "rx-gro-hw");
	device->tx_csum = is_on(fd, &req, "tx-checksum-ip-generic");
	err = read_link(device->ifindex, &link);
	device->master = link.master;
	device->rx_queues = link.rx_queues;
	device->tx_queues = link.tx_queues;
out:
	close(fd);
	return err;
}
