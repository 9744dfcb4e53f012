/* SPDX-License-Identifier: GPL-2.0-only */
/* The loader's own parts: plan, what is known of devices, the loaded bridge, and its commands. */
#ifndef LOADER_H
#define LOADER_H

#include <linux/types.h>
#include <net/if.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "hopbridge.h"

#define MAX_PORT_MACS 64
#define MAX_PATH 256

/* auto = native where driver and neighbours allow it, else tc. */
enum mode { MODE_AUTO, MODE_NATIVE, MODE_TC };

struct plan_port {
	char name[IFNAMSIZ];
	char peer_netns[MAX_PATH]; /* where a veth's far end is, if not here */
	enum mode mode;
	bool force, complete, tagged, untagged, named_vlans;
	uint16_t pvid;
	uint64_t vlans[VLAN_WORDS];
	uint32_t storm; /* frames a second */
	uint8_t macs[MAX_PORT_MACS][MAC_BYTES];
	int n_macs;
};

struct plan {
	uint32_t fdb_size;
	uint64_t ageing_ms;
	bool forward_link_local;
	struct plan_port ports[MAX_PORTS];
	int n_ports;
};

/* Reads stdin up to the line "go"; ends the program on a line that it does not understand. */
void read_plan(struct plan *plan);
bool parse_mac(const char *text, uint8_t *mac);
bool parse_number(const char *text, uint64_t least, uint64_t most, uint64_t *value);
void print_plan_keys(void);
/* One line without its end from stdin: its length, or -1 at EOF. */
int read_line(char *line, size_t size);
/* Cuts a line into words; their number. */
int split_words(char *line, char **words, int most);

/* Ends the program: one JSON line on stdout, one for people on stderr. Nothing stays attached. */
_Noreturn void refuse(const char *port, const char *reason, const char *cure, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));
/* Something that the user should know, kept for the line that says ready. */
void note(const char *port, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void print_json_string(const char *text);

/* What the kernel says of a device in the current network namespace. */
struct device {
	uint32_t ifindex, mtu, peer_ifindex; /* peer: a veth's; 0 = none */
	char driver[32];
	bool up, lro, rx_vlan, tx_vlan, has_master;
	uint32_t rx_queues, tx_queues;
};

int read_device(const char *name, struct device *device);
/* Of the XDP features: whether it takes redirected frames; -1 if this kernel does not say. */
int takes_redirects(uint32_t ifindex);
bool has_address(const char *name);
/* Its master and queues, by netlink. */
int read_link(struct device *device);

struct bridge_port {
	struct device device;
	bool native, takes_redirects;
};

struct bridge {
	const struct plan *plan;
	struct bridge_port ports[MAX_PORTS];
	int n_ports;
	struct bpf_object *object;
	uint64_t deleted; /* FDB entries that commands took out */
};

void check_ports(struct bridge *bridge);
void load_bridge(struct bridge *bridge);
void attach_bridge(struct bridge *bridge);
int map_fd(const struct bridge *bridge, const char *name);
int program_fd(const struct bridge *bridge, const char *name);
int port_named(const struct bridge *bridge, const char *name);
int link_xdp(int program, uint32_t ifindex);
int link_tc(int program, uint32_t ifindex);
/* Runs a function in another network namespace and comes back: its result, or -errno. */
int in_netns(const char *path, int (*act)(void *), void *argument);

void serve(struct bridge *bridge);
/* `fdb ...`: prints its reply. */
void serve_fdb(struct bridge *bridge, char **words, int n);
void reply_error(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
uint32_t count_fdb(const struct bridge *bridge);
uint64_t now_ns(void);

#endif
