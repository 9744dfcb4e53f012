/* SPDX-License-Identifier: GPL-2.0-only */
/* The bridge's decisions, the same for frames and for sk_buffs: VLAN, who may send, learning, where to. */
#ifndef DECIDE_BPF_H
#define DECIDE_BPF_H

#include "maps.bpf.h"
#include "recent.bpf.h"

#define TO_ALL (-1L)
#define TO_NONE (-2L)
#define NO_VLAN (-1)

struct frame {
	__u8 dst[MAC_BYTES];
	__u8 src[MAC_BYTES];
	__u32 bytes;
	__u16 tci; /* of the outermost 802.1Q tag; valid if tagged */
	__u16 tagged;
	__s32 vlan; /* NO_VLAN: not for this port */
	__u32 rule; /* the counter of the rule that dropped it */
};

static __always_inline int carries(const struct port *port, __u32 vlan)
{
	return port->vlans[(vlan >> 6) & (VLAN_WORDS - 1)] >> (vlan & 63) & 1;
}

/* The VLAN that a frame belongs to on a port. A tag with VLAN 0 carries a priority only. */
static __always_inline __s32 vlan_on(const struct port *port, const struct frame *frame)
{
	__u32 vlan = frame->tagged ? frame->tci & 0xfff : 0;

	if (vlan == 0)
		return port->flags & PORT_UNTAGGED ? port->pvid : NO_VLAN;
	if (vlan == 0xfff || !(port->flags & PORT_TAGGED) || !carries(port, vlan))
		return NO_VLAN;
	return vlan;
}

static __always_inline int leaves_tagged(const struct port *port, __u32 vlan)
{
	return !(port->flags & PORT_UNTAGGED) || vlan != port->pvid;
}

static __always_inline void key_of(struct fdb_key *key, const __u8 *mac, __u32 vlan)
{
	__builtin_memcpy(key->mac, mac, MAC_BYTES);
	key->vlan = vlan;
}

static __always_inline __u64 number_of(const struct fdb_key *key)
{
	__u64 number;

	__builtin_memcpy(&number, key, sizeof(number));
	return number;
}

/* Where a frame of that VLAN goes by its destination alone; changes nothing in the FDB. */
static __always_inline long find_target(const struct frame *frame, __u64 now)
{
	__u64 until = now + RECENT_NS;
	struct fdb_entry *entry;
	struct fdb_key key;
	__u32 *fixed, of;
	long port;

	if (frame->dst[0] & 1)
		return TO_ALL;
	key_of(&key, frame->dst, frame->vlan);
	of = current_generation();
	port = recall(&recent_targets, number_of(&key), now, of);
	if (port != UNKNOWN)
		return port;
	fixed = bpf_map_lookup_elem(&fdb_static, &key);
	if (fixed) {
		port = *fixed & (MAX_PORTS - 1);
	} else {
		entry = bpf_map_lookup_elem(&fdb, &key);
		if (!entry)
			return TO_ALL;
		if (settings.ageing_ns && now > entry->seen_ns && now - entry->seen_ns > settings.ageing_ns)
			return TO_ALL;
		port = entry->port & (MAX_PORTS - 1);
		if (settings.ageing_ns)
			until = entry->seen_ns + settings.ageing_ns;
	}
	remember(&recent_targets, number_of(&key), now, until, of, port);
	return port;
}

/* Notes where the source is; -1 if the loader has fixed it elsewhere. */
static __always_inline int learn(__u32 index, const struct frame *frame, __u64 now)
{
	struct fdb_entry fresh = { .seen_ns = now, .port = index };
	struct fdb_entry *entry;
	struct fdb_key key;
	__u32 *fixed, of;

	key_of(&key, frame->src, frame->vlan);
	of = current_generation();
	if (recall(&recent_sources, number_of(&key), now, of) == index)
		return 0;
	fixed = bpf_map_lookup_elem(&fdb_static, &key);
	if (fixed)
		return *fixed == index ? 0 : -1;
	entry = bpf_map_lookup_elem(&fdb, &key);
	if (!entry) {
		/* Another CPU may have been faster: that entry is as good. */
		long err = bpf_map_update_elem(&fdb, &key, &fresh, BPF_NOEXIST);

		if (err != -17 /* EEXIST */)
			count(index, err ? COUNT_learn_failed : COUNT_learned, frame->bytes);
		return 0;
	}
	if (entry->port != index) {
		/* Of an aged entry nobody knows whether the station moved. */
		if (!settings.ageing_ns || now - entry->seen_ns <= settings.ageing_ns) {
			__sync_fetch_and_add(&entry->moves, 1);
			count(index, COUNT_moved, frame->bytes);
		}
		entry->port = index;
		entry->seen_ns = now;
		/* After the entry: who reads it before this knows the old generation. */
		next_generation();
		return 0;
	}
	if (now - entry->seen_ns > settings.refresh_ns) {
		/* Not at every frame: the line would travel between the CPUs. */
		entry->seen_ns = now;
	}
	remember(&recent_sources, number_of(&key), now, entry->seen_ns + settings.refresh_ns, of, index);
	return 0;
}

static __always_inline int in_storm(__u32 index, __u32 limit, __u64 now)
{
	struct storm *storm = bpf_map_lookup_elem(&storms, &index);
	__u64 window = now / STORM_WINDOW_NS;

	if (!storm)
		return 0;
	if (storm->window != window) {
		storm->window = window;
		storm->count = 0;
	}
	return __sync_fetch_and_add(&storm->count, 1) >= limit;
}

/* 01:80:c2:00:00:00 to 0f: for the next bridge only, and so never forwarded by one (802.1D). */
static __always_inline int is_link_local(const __u8 *mac)
{
	return mac[0] == 0x01 && mac[1] == 0x80 && mac[2] == 0xc2 && !mac[3] && !mac[4] && mac[5] < 0x10;
}

static __always_inline int is_station(const __u8 *mac)
{
	return !(mac[0] & 1) && (mac[0] | mac[1] | mac[2] | mac[3] | mac[4] | mac[5]);
}

static __always_inline int may_send(__u32 index, const __u8 *mac)
{
	struct allow_key key = { .port = index };

	__builtin_memcpy(key.mac, mac, MAC_BYTES);
	return bpf_map_lookup_elem(&allowed, &key) != NULL;
}

/* The rules in their order, with learning and the count of what happened; the target, or TO_NONE. */
static __always_inline long admit(const struct port *in, __u32 index, struct frame *frame, long target, __u64 now)
{
	enum port_counter why;

	count(index, COUNT_received, frame->bytes);
	if (!is_station(frame->src))
		why = COUNT_drop_bad_source;
	else if (in->flags & PORT_ALLOW_LIST && !may_send(index, frame->src))
		why = COUNT_drop_spoofed;
	else if (frame->vlan == NO_VLAN)
		why = COUNT_drop_vlan;
	else if (is_link_local(frame->dst) && !settings.forward_link_local)
		why = COUNT_drop_link_local;
	else if (learn(index, frame, now) < 0)
		why = COUNT_drop_static;
	else if (target == index)
		why = COUNT_drop_same_port;
	else if (target == TO_ALL && in->storm_per_window && in_storm(index, in->storm_per_window, now))
		why = COUNT_drop_storm;
	else {
		if (target == TO_ALL)
			count(index, COUNT_flooded, frame->bytes);
		return target;
	}
	count(index, why, frame->bytes);
	frame->rule = why;
	return TO_NONE;
}

#endif
