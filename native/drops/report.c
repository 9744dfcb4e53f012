// SPDX-License-Identifier: GPL-2.0-only
/* Writes what was counted as one JSON document. */
#include "json.h"
#include "loader.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <sched.h>
#include <string.h>
#include <unistd.h>

static const struct netns *netns_by_inode(const struct plan *plan, __u32 inode)
{
	for (int i = 0; i < plan->n; i++)
		if (plan->netns[i].inode == inode)
			return &plan->netns[i];
	return NULL;
}

/* An ifindex means something in its own namespace only; "" where the device is gone. */
static void put_device(const struct plan *plan, const struct netns *netns, __u32 ifindex)
{
	char name[IF_NAMESIZE] = "";
	int fd = -1;

	if (netns && ifindex && !plan->own)
		fd = open(netns->path, O_RDONLY | O_CLOEXEC);
	if (netns && ifindex && (plan->own || (fd >= 0 && !setns(fd, CLONE_NEWNET))))
		if (!if_indextoname(ifindex, name))
			name[0] = 0;
	if (fd >= 0)
		close(fd);
	printf("\"netns\":");
	print_json(stdout, netns ? netns->name : "-", JSON_ASCII);
	printf(",\"ifindex\":%u,\"device\":", ifindex);
	print_json(stdout, name, JSON_ASCII);
}

static void put_drop(const struct loaded *loaded, const struct plan *plan, const struct drop_key *key,
		     const struct drop_count *count)
{
	putchar('{');
	put_device(plan, netns_by_inode(plan, key->netns), key->ifindex);
	printf(",\"reason\":");
	print_json(stdout, reason_name(loaded->btf, key->reason), JSON_ASCII);
	printf(",\"protocol\":%u,\"ipProtocol\":%u,\"port\":%u,\"frames\":%llu,\"marked\":%s,\"headAt\":\"%s\",\"head\":\"",
	       key->protocol, key->ip_protocol, key->port, count->frames, count->marked ? "true" : "false",
	       count->head_is_link ? "link" : "network");
	for (int i = 0; i < count->head_bytes && i < HEAD_BYTES; i++)
		printf("%02x", count->head[i]);
	printf("\"}");
}

static void put_drops(const struct loaded *loaded, const struct plan *plan)
{
	struct drop_key key, *last = NULL;
	bool more = false;

	printf("\"drops\":[");
	while (loaded->drops >= 0 && !bpf_map_get_next_key(loaded->drops, last, &key)) {
		struct drop_count count;

		last = &key;
		if (bpf_map_lookup_elem(loaded->drops, &key, &count))
			continue;
		if (more)
			putchar(',');
		more = true;
		put_drop(loaded, plan, &key, &count);
	}
	putchar(']');
}

static void put_losses(const struct loaded *loaded, const struct plan *plan)
{
	struct xdp_key key, *last = NULL;
	bool more = false;

	printf(",\"xdp\":[");
	while (loaded->losses >= 0 && !bpf_map_get_next_key(loaded->losses, last, &key)) {
		__u64 frames;

		last = &key;
		if (key.point >= N_POINTS || bpf_map_lookup_elem(loaded->losses, &key, &frames))
			continue;
		printf(more ? ",{" : "{");
		more = true;
		put_device(plan, key.netns ? netns_by_inode(plan, key.netns) : &plan->netns[0], key.ifindex);
		printf(",\"tracepoint\":");
		print_json(stdout, loaded->sources[key.point].tracepoint, JSON_ASCII);
		printf(",\"reason\":");
		print_json(stdout, key.point == POINT_xdp_exception ? action_name(key.reason) : errno_name(key.reason), JSON_ASCII);
		printf(",\"frames\":%llu}", frames);
	}
	putchar(']');
}

int print_report(const struct loaded *loaded, const struct plan *plan)
{
	__u64 uncounted = 0;
	__u32 zero = 0;

	printf("{\"version\":1,");
	put_drops(loaded, plan);
	put_losses(loaded, plan);
	if (loaded->uncounted >= 0)
		bpf_map_lookup_elem(loaded->uncounted, &zero, &uncounted);
	printf(",\"uncounted\":%llu,\"sources\":[", uncounted);
	for (int i = 0; i < N_POINTS; i++) {
		const struct source *source = &loaded->sources[i];

		printf("%s{\"tracepoint\":\"%s:%s\",\"why\":", i ? "," : "", source->group, source->tracepoint);
		print_json(stdout, source->why, JSON_ASCII);
		putchar('}');
	}
	printf("]}\n");
	return fflush(stdout) ? -errno : 0;
}
