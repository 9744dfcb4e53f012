// SPDX-License-Identifier: GPL-2.0-only
/* A NIC's offloads by the ethtool ioctl: read all, set one. */
#include "../reply.h"
#include "../verbs.h"
#include "../words.h"
#include "named.h"

#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/ethtool.h>
#include <linux/sockios.h>

static const char *const names[] = { "txChecksum", "rxChecksum", "sg", "tso", "gso", "gro", "lro", NULL };
static const char *const off_on[] = { "off", "on", NULL };

/* The ioctls from before the feature bit strings: enough, and the same on every kernel. */
static const struct {
	unsigned get, set;
	unsigned flag; /* a bit of ETHTOOL_GFLAGS, where there is no command of its own */
} offloads[] = {
	{ ETHTOOL_GTXCSUM, ETHTOOL_STXCSUM, 0 },
	{ ETHTOOL_GRXCSUM, ETHTOOL_SRXCSUM, 0 },
	{ ETHTOOL_GSG, ETHTOOL_SSG, 0 },
	{ ETHTOOL_GTSO, ETHTOOL_STSO, 0 },
	{ ETHTOOL_GGSO, ETHTOOL_SGSO, 0 },
	{ ETHTOOL_GGRO, ETHTOOL_SGRO, 0 },
	{ ETHTOOL_GFLAGS, ETHTOOL_SFLAGS, ETH_FLAG_LRO },
};

_Static_assert(sizeof(names) / sizeof(names[0]) == sizeof(offloads) / sizeof(offloads[0]) + 1, "a name for each");

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

static int read_offload(const char *name, int64_t i, unsigned *raw)
{
	struct ethtool_value v = { .cmd = offloads[i].get };
	int err = ethtool(name, &v);

	*raw = v.data;
	return err;
}

static void features(const struct order *o)
{
	struct ethtool_drvinfo driver = { .cmd = ETHTOOL_GDRVINFO };
	struct buf b = { 0 };
	unsigned raw;

	if (ethtool(o->argv[0], &driver))
		driver.driver[0] = driver.bus_info[0] = '\0';
	buf_printf(&b, "{\"driver\":");
	buf_json(&b, driver.driver);
	buf_printf(&b, ",\"bus\":");
	buf_json(&b, driver.bus_info);
	for (int i = 0; names[i]; i++) {
		bool on = !read_offload(o->argv[0], i, &raw) && (offloads[i].flag ? raw & offloads[i].flag : raw);

		buf_printf(&b, ",\"%s\":%s", names[i], on ? "true" : "false");
	}
	buf_printf(&b, "}");
	reply_buf(o->id, &b);
}

static void feature(const struct order *o)
{
	int64_t i = o->values[1].number;
	bool on = o->values[2].number;
	unsigned raw = 0;
	int err;

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

const struct verb offload_verbs[] = {
	{ .name = "features", .words = { WORD("IF", take_interface) }, .serve = features, .help = "JSON: offloads, driver" },
	{ .name = "feature", .words = { WORD("IF", take_text), CHOICE("NAME", names), CHOICE("on|off", off_on) }, .serve = feature,
	  .wrong = "needs IF NAME on|off, not \"%.40s %.40s\"", .shown = 1,
	  .help = "one offload, named as in the reply of features" },
	{ 0 },
};
