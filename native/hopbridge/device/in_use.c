// SPDX-License-Identifier: GPL-2.0-only
/* What of this machine stands on a device: a bridge would take its frames away. */
#include "in_use.h"
#include "../say.h"
#include "netlink.h"

#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <errno.h>
#include <ifaddrs.h>
#include <linux/if_link.h>
#include <linux/pkt_sched.h>
#include <netdb.h>
#include <stdlib.h>
#include <string.h>

#define TCX_INGRESS 46

/* The server's address of the ssh connection that this process was started from; empty = none. */
static const char *session_address(void)
{
	static char text[INET6_ADDRSTRLEN];
	const char *connection = getenv("SSH_CONNECTION");

	/* "CLIENT PORT SERVER PORT" */
	if (!connection || sscanf(connection, "%*s %*s %45s", text) != 1)
		text[0] = 0;
	return text;
}

/* An IPv6 link-local address is every device's own, and no reason to spare it. */
static void check_addresses(const struct plan_port *port)
{
	char text[NI_MAXHOST] = "", one_text[NI_MAXHOST];
	struct ifaddrs *all, *one;
	bool session = false;

	if (getifaddrs(&all))
		return;
	for (one = all; one; one = one->ifa_next) {
		const struct sockaddr_in6 *six = (void *)one->ifa_addr;
		int family = one->ifa_addr ? one->ifa_addr->sa_family : AF_UNSPEC;

		if (strcmp(one->ifa_name, port->name) || (family != AF_INET && family != AF_INET6))
			continue;
		if (family == AF_INET6 && IN6_IS_ADDR_LINKLOCAL(&six->sin6_addr))
			continue;
		if (getnameinfo(one->ifa_addr, family == AF_INET ? sizeof(struct sockaddr_in) : sizeof(*six), one_text,
				sizeof(one_text), NULL, 0, NI_NUMERICHOST))
			continue;
		session |= !strcmp(one_text, session_address());
		strcpy(text, one_text);
	}
	freeifaddrs(all);
	if (session)
		refuse(port->name, "in-use", "use another device, or the option force from a console",
		       "carries the ssh session that asks for this");
	if (text[0])
		refuse(port->name, "in-use", "choose a device without an address, or the option force",
		       "carries the address %s: its connections would end", text);
}

struct search {
	uint32_t ifindex;
	char found[128];
};

static bool see_route(const struct nlmsghdr *message, void *context)
{
	const struct rtmsg *route = NLMSG_DATA(message);
	struct search *search = context;
	const uint32_t *device = value_of(find_attribute(message, sizeof(*route), RTA_OIF), sizeof(*device));
	const void *to = value_of(find_attribute(message, sizeof(*route), RTA_DST), route->rtm_family == AF_INET ? 4 : 16);
	char text[INET6_ADDRSTRLEN] = "default";

	if (!device || *device != search->ifindex || route->rtm_type != RTN_UNICAST || route->rtm_table == RT_TABLE_LOCAL)
		return true;
	if (to)
		inet_ntop(route->rtm_family, to, text, sizeof(text));
	/* Every device has this one by itself. */
	if (route->rtm_family == AF_INET6 && to && IN6_IS_ADDR_LINKLOCAL((const struct in6_addr *)to))
		return true;
	snprintf(search->found, sizeof(search->found), to ? "%s/%d" : "%s", text, route->rtm_dst_len);
	return false;
}

static bool see_stacked(const struct nlmsghdr *message, void *context)
{
	struct search *search = context;
	const uint32_t *lower = value_of(find_attribute(message, sizeof(struct ifinfomsg), IFLA_LINK), sizeof(*lower));
	const struct nlattr *info = find_attribute(message, sizeof(struct ifinfomsg), IFLA_LINKINFO);
	const struct nlattr *name = find_attribute(message, sizeof(struct ifinfomsg), IFLA_IFNAME);

	if (!lower || *lower != search->ifindex || !name)
		return true;
	/* A veth names its far end there, and that may be in another namespace, where the number means something else. */
	if (find_attribute(message, sizeof(struct ifinfomsg), IFLA_LINK_NETNSID) ||
	    (info && memmem(info, info->nla_len, "veth", 5)))
		return true;
	snprintf(search->found, sizeof(search->found), "%s", (const char *)name + NLA_HDRLEN);
	return false;
}

static bool see_filter(const struct nlmsghdr *message, void *context)
{
	const struct nlattr *kind = find_attribute(message, sizeof(struct tcmsg), TCA_KIND);
	struct search *search = context;

	if (message->nlmsg_type != RTM_NEWTFILTER || !kind)
		return true;
	snprintf(search->found, sizeof(search->found), "%s", (const char *)kind + NLA_HDRLEN);
	return false;
}

static void check_routes(const struct plan_port *port, struct search *search)
{
	for (int i = 0; i < 2; i++) {
		struct request request = new_request(RTM_GETROUTE, NLM_F_DUMP, sizeof(struct rtmsg));

		request.route.rtm_family = i ? AF_INET6 : AF_INET;
		ask_kernel(NETLINK_ROUTE, &request, see_route, search);
		if (search->found[0])
			refuse(port->name, "in-use", i ? "ip -6 route flush dev DEV, or the option force" :
			       "ip route flush dev DEV, or the option force", "carries the route to %s", search->found);
	}
}

static void check_stacked(const struct plan_port *port, struct search *search)
{
	struct request request = new_request(RTM_GETLINK, NLM_F_DUMP, sizeof(struct ifinfomsg));

	ask_kernel(NETLINK_ROUTE, &request, see_stacked, search);
	if (search->found[0])
		refuse(port->name, "in-use", "name that one as the port, or use the option force",
		       "carries the device %s, which would get no more frames", search->found);
}

/* tcx programs run in their order, before those of clsact: either might take frames away from the other. */
static void check_tc(const struct plan_port *port, struct search *search)
{
	struct request request = new_request(RTM_GETTFILTER, NLM_F_DUMP, sizeof(struct tcmsg));
	LIBBPF_OPTS(bpf_prog_query_opts, query);
	struct bpf_prog_info info = { 0 };
	__u32 ids[8] = { 0 }, size = sizeof(info);
	int fd;

	query.prog_ids = ids;
	query.prog_cnt = 8;
	if (!bpf_prog_query_opts(search->ifindex, TCX_INGRESS, &query) && query.prog_cnt) {
		fd = bpf_prog_get_fd_by_id(ids[0]);
		if (fd >= 0)
			bpf_obj_get_info_by_fd(fd, &info, &size);
		refuse(port->name, "tc-program", "end its owner, or use the option force: it runs before the bridge's",
		       "carries a tcx program at ingress: id %u, \"%s\"", ids[0], info.name);
	}
	request.tc.tcm_family = AF_UNSPEC;
	request.tc.tcm_ifindex = search->ifindex;
	request.tc.tcm_parent = TC_H_MAKE(TC_H_CLSACT, TC_H_MIN_INGRESS);
	ask_kernel(NETLINK_ROUTE, &request, see_filter, search);
	if (search->found[0])
		refuse(port->name, "tc-program", "tc filter del dev DEV ingress, or the option force",
		       "carries tc filters at ingress (%s), which would see no frames", search->found);
}

void check_in_use(const struct plan_port *port, const struct device *device)
{
	struct search search = { .ifindex = device->ifindex };
	char master[IFNAMSIZ] = "?";

	if (port->force)
		return;
	if (device->master) {
		if_indextoname(device->master, master);
		refuse(port->name, "in-use", "ip link set dev DEV nomaster, or the option force", "belongs to %s, a bridge or bond",
		       master);
	}
	check_addresses(port);
	check_routes(port, &search);
	check_stacked(port, &search);
	check_tc(port, &search);
}
