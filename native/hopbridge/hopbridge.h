/* SPDX-License-Identifier: GPL-2.0-only */
/* What the data path and its loader share: the layout of the maps. Includers bring the kernel's __u32 and friends. */
#ifndef HOPBRIDGE_H
#define HOPBRIDGE_H

#define MAX_PORTS 64
#define MAX_STATIC 4096
#define MAX_ALLOWED 4096
#define MAX_LOSSES 512
#define MAC_BYTES 6
#define VLAN_WORDS 64 /* 4096 VLANs, a bit each */
/* A storm limit is kept in windows of this length: a tenth of a second's frames in each. */
#define STORM_WINDOW_NS 100000000ULL

enum port_flag {
	PORT_SKB_MIX = 1 << 0,  /* the driver also hands sk_buffs to a native program: tun does */
	PORT_XDP_XMIT = 1 << 1, /* takes redirected frames natively */
	PORT_ALLOW_LIST = 1 << 2,
	PORT_COMPLETE = 1 << 3, /* complete partial checksums of what comes in natively */
	PORT_UNTAGGED = 1 << 4, /* takes untagged frames, as VLAN pvid */
	PORT_TAGGED = 1 << 5,   /* takes tagged frames of the VLANs below */
	PORT_FLOOD_SKB = 1 << 6, /* a neighbour takes no redirected frames: floods go by sk_buff */
	PORT_GENERIC = 1 << 7,  /* its XDP program is the kernel's generic one, on sk_buffs */
	PORT_TX_CSUM = 1 << 8,  /* its driver completes partial checksums, of IPv4 and IPv6 alike */
};

/*
 * One port. A frame leaves it untagged if its VLAN is pvid, and tagged otherwise.
 * VLAN 0 stands for "no VLAN" on a port that knows of none.
 */
struct port {
	__u32 ifindex; /* 0 = no such port */
	__u32 flags;
	__u32 mtu;
	__u32 storm_per_window; /* flooded frames a window; 0 = no limit */
	__u16 pvid;
	__u16 pad;
	__u32 flood_mtu; /* the smallest of all ports */
	__u64 vlans[VLAN_WORDS];
};

struct fdb_key {
	__u8 mac[MAC_BYTES];
	__u16 vlan;
};

struct fdb_entry {
	__u64 seen_ns; /* CLOCK_MONOTONIC */
	__u32 port;
	__u32 moves;
};

/* An address that was looked up not long ago; until in ticks, where = generation and port. */
struct recent {
	__u64 key; /* a struct fdb_key */
	__u32 until;
	__u32 where;
};

#define RECENT_WAYS 4
struct recent_line {
	struct recent ways[RECENT_WAYS];
};

struct allow_key {
	__u8 mac[MAC_BYTES];
	__u16 port;
};

struct storm {
	__u64 window;
	__u64 count;
};

struct settings {
	__u64 ageing_ns;  /* 0 = never */
	__u64 refresh_ns; /* an entry's time is rewritten when it is older than this */
	__u32 forward_link_local;
	__u32 netns_inode; /* of the ports */
	__u32 watch;       /* record every frame */
	__u32 recent_mask; /* lines of a CPU in the tables of recent addresses, less one */
};

#define MAX_SEEN_BYTES 2048

enum seen_way {
	SEEN_IN,
	SEEN_OUT,
	SEEN_DROP,
};

/* A frame at a port, as it is there: before a change where it comes in, after it where it goes out. */
struct seen {
	__u64 time_ns; /* CLOCK_MONOTONIC */
	__u32 port;
	__u32 way;
	__u32 rule;   /* SEEN_DROP: the counter */
	__u32 length; /* of the whole frame, the tag that is beside it not counted */
	__u32 captured;
	__u32 gso_size;
	__u16 skb;    /* it was an sk_buff: a partial checksum is announced */
	__u16 tagged; /* the sk_buff has a tag beside the frame */
	__u16 tpid, tci;
	__u8 bytes[MAX_SEEN_BYTES];
};

struct loss_key {
	__u32 ifindex; /* the target; 0 = unknown */
	__s32 error;   /* -errno; 0 = the driver had no room */
};

/*
 * Counters of a port, packets and bytes. What came in was either forwarded, flooded or dropped by a rule;
 * what the native program hands to the sk_buff path is counted as received there, not twice. At the target count
 * sent, and of flooded copies filtered (kept back by flood_out: not a port of that VLAN) and flood_too_big.
 */
#define PORT_COUNTERS(X)                                                                       \
	X(received) X(forwarded) X(flooded) X(sent) X(skb_path) X(completed)                     \
	X(learned) X(moved) X(learn_failed) X(filtered) X(flood_too_big)                         \
	X(drop_malformed) X(drop_bad_source) X(drop_spoofed) X(drop_static) X(drop_vlan)         \
	X(drop_storm) X(drop_link_local) X(drop_same_port) X(drop_too_big) \
	X(drop_retag)

enum port_counter {
#define AS_ENUM(name) COUNT_##name,
	PORT_COUNTERS(AS_ENUM)
#undef AS_ENUM
	N_COUNTERS
};

struct port_stats {
	__u64 packets[N_COUNTERS];
	__u64 bytes[N_COUNTERS];
};

_Static_assert(sizeof(struct port) == 24 + 8 * VLAN_WORDS, "layout of struct port");
_Static_assert(sizeof(struct fdb_key) == 8 && sizeof(struct fdb_entry) == 16, "layout of the FDB");
_Static_assert(sizeof(struct recent_line) == 64, "a cache line");
_Static_assert(sizeof(struct settings) == 32, "layout of struct settings");
_Static_assert(sizeof(struct seen) == 40 + MAX_SEEN_BYTES, "layout of struct seen");

#endif
