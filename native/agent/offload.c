// SPDX-License-Identifier: GPL-2.0-only
/* A NIC's offloads by the ethtool ioctl: read all, set one. */
#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/ethtool.h>
#include <linux/sockios.h>

#include "links.h"

/* The ioctls from before the feature bit strings: enough, and the same on every kernel. */
static const struct {
	const char *name;
	unsigned get, set;
	unsigned flag; /* a bit of ETHTOOL_GFLAGS, where there is no command of its own */
} offloads[] = {
	{ "txChecksum", ETHTOOL_GTXCSUM, ETHTOOL_STXCSUM, 0 },
	{ "rxChecksum", ETHTOOL_GRXCSUM, ETHTOOL_SRXCSUM, 0 },
	{ "sg", ETHTOOL_GSG, ETHTOOL_SSG, 0 },
	{ "tso", ETHTOOL_GTSO, ETHTOOL_STSO, 0 },
	{ "gso", ETHTOOL_GGSO, ETHTOOL_SGSO, 0 },
	{ "gro", ETHTOOL_GGRO, ETHTOOL_SGRO, 0 },
	{ "lro", ETHTOOL_GFLAGS, ETHTOOL_SFLAGS, ETH_FLAG_LRO },
};

static int ethtool(const char *name, void *command)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct ifreq r = { .ifr_data = command };
	int err;

	if (fd < 0)
		return -errno;
	snprintf(r.ifr_name, sizeof(r.ifr_name), "%s", name);
	err = ioctl(fd, SIOCETHTOOL, &r) < 0 ? -errno : 0;
	close(fd);
	return err;
}

static int read_offload(const char *name, size_t i, unsigned *raw)
{
	struct ethtool_value v = { .cmd = offloads[i].get };
	int err = ethtool(name, &v);

	*raw = v.data;
	return err;
}

void offload_features(const struct order *o)
{
	struct ethtool_drvinfo driver = { .cmd = ETHTOOL_GDRVINFO };
	struct buf b = { 0 };
	unsigned raw;

	if (!if_nametoindex(o->argv[0])) {
		reply_error(o->id, "features: there is no interface \"%.40s\"", o->argv[0]);
		return;
	}
	if (ethtool(o->argv[0], &driver))
		driver.driver[0] = driver.bus_info[0] = '\0';
	buf_printf(&b, "{\"driver\":");
	buf_json(&b, driver.driver);
	buf_printf(&b, ",\"bus\":");
	buf_json(&b, driver.bus_info);
	for (size_t i = 0; i < ARRAY_SIZE(offloads); i++) {
		bool on = !read_offload(o->argv[0], i, &raw) && (offloads[i].flag ? raw & offloads[i].flag : raw);

		buf_printf(&b, ",\"%s\":%s", offloads[i].name, on ? "true" : "false");
	}
	buf_printf(&b, "}");
	reply_buf(o->id, &b);
}

void offload_feature(const struct order *o)
{
	bool on = !strcmp(o->argv[2], "on");
	unsigned raw = 0;
	size_t i;
	int err;

	for (i = 0; i < ARRAY_SIZE(offloads) && strcmp(offloads[i].name, o->argv[1]); i++)
		;
	if (i == ARRAY_SIZE(offloads) || (!on && strcmp(o->argv[2], "off"))) {
		reply_error(o->id, "feature: needs IF NAME on|off, not \"%.40s %.40s\"", o->argv[1], o->argv[2]);
		return;
	}
	err = read_offload(o->argv[0], i, &raw);
	if (!err) {
		unsigned bit = offloads[i].flag;
		struct ethtool_value v = { .cmd = offloads[i].set, .data = on };

		if (bit)
			v.data = on ? raw | bit : raw & ~bit;
		err = ethtool(o->argv[0], &v);
	}
	if (err)
		reply_error(o->id, "feature: %.40s %s: %s", o->argv[0], o->argv[1], strerror(-err));
	else
		reply_text(o->id, "");
}
