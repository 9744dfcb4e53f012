// SPDX-License-Identifier: GPL-2.0-only
/* The command frames: what the programs recorded since it was last given. */
#include "frames.h"
#include "../maps.h"
#include "../pin/saved.h"
#include "../say.h"
#include "clock.h"
#include "stats.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <time.h>

#define MOST_FRAMES 4096 /* in one answer */

static struct ring_buffer *ring;
static struct telling {
	const struct bridge *bridge;
	int64_t realtime_offset;
	int frames;
} telling;

static int64_t realtime_offset(void)
{
	struct timespec real;
	uint64_t before = now_ns(), after;

	clock_gettime(CLOCK_REALTIME, &real);
	after = now_ns();
	return real.tv_sec * 1000000000LL + real.tv_nsec - (int64_t)(before + (after - before) / 2);
}

static void print_hex(const uint8_t *bytes, uint32_t n)
{
	static const char digits[] = "0123456789abcdef";

	for (uint32_t i = 0; i < n; i++) {
		putc(digits[bytes[i] >> 4], out);
		putc(digits[bytes[i] & 15], out);
	}
}

static void print_bytes(const struct seen *one)
{
	const uint8_t tag[] = { one->tpid >> 8, one->tpid, one->tci >> 8, one->tci };
	uint32_t macs = one->captured < 2 * MAC_BYTES ? one->captured : 2 * MAC_BYTES;

	print_hex(one->bytes, macs);
	if (one->tagged)
		print_hex(tag, sizeof(tag));
	print_hex(one->bytes + macs, one->captured - macs);
}

static int print_seen(void *context, void *record, size_t size)
{
	const struct bridge *bridge = telling.bridge;
	(void)context;
	const struct seen *one = record;

	if (size < sizeof(*one) || one->port >= (uint32_t)bridge->n_ports || one->captured > MAX_SEEN_BYTES)
		return 0;
	fprintf(out, "%s{\"time_ns\":\"%lld\",\"monotonic_ns\":\"%llu\",\"port\":", telling.frames++ ? "," : "",
		(long long)(one->time_ns + telling.realtime_offset), (unsigned long long)one->time_ns);
	print_json_string(bridge->plan->ports[one->port].name);
	fprintf(out, ",\"way\":\"%s%s\",\"skb\":%s,\"gso_size\":%u,\"length\":%u,\"hex\":\"",
		one->way == SEEN_IN ? "in" : one->way == SEEN_OUT ? "out" : "drop:",
		one->way == SEEN_DROP ? rule_name(one->rule) : "", one->skb ? "true" : "false", one->gso_size,
		one->length + (one->tagged ? 4 : 0));
	print_bytes(one);
	fputs("\"}", out);
	return telling.frames < MOST_FRAMES ? 0 : -ENOSPC;
}

void open_frames(struct bridge *bridge)
{
	if (!bridge->plan->watch)
		return;
	telling.bridge = bridge;
	ring = ring_buffer__new(map_fd(bridge, "seen"), print_seen, NULL, NULL);
	if (!ring)
		refuse(NULL, "watch", "report it", "the ring of recorded frames cannot be opened");
}

void serve_frames(struct bridge *bridge)
{
	uint64_t lost = 0;
	uint32_t zero = 0;

	if (!ring) {
		reply_error("frames are not recorded: the plan's line for it is: watch on");
		return;
	}
	telling.realtime_offset = realtime_offset();
	telling.frames = 0;
	fputs("{\"frames\":[", out);
	/* On a busy bridge new ones come in meanwhile: print_seen ends it. */
	ring_buffer__consume(ring);
	bpf_map_lookup_elem(map_fd(bridge, "unseen"), &zero, &lost);
	fprintf(out, "],\"lost\":%llu}\n", (unsigned long long)(lost - bridge->saved.told_lost));
	bridge->saved.told_lost = lost;
	save(bridge);
}
