/* SPDX-License-Identifier: GPL-2.0-only */
/* The loader's own parts: plan, what is known of devices, the loaded bridge, and its commands. */
#ifndef LOADER_H
#define LOADER_H

#include <linux/types.h>
#include <net/if.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include "hopbridge.h"
#include "lines.h"

#define MAX_PORT_MACS 64
#define MAX_PATH 256

/* auto = native where driver and neighbours allow it, else tc. */
enum mode { MODE_AUTO, MODE_NATIVE, MODE_GENERIC, MODE_TC };

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
	bool forward_link_local, watch, detached;
	char socket[108]; /* sun_path's size; empty = none */
	char pin[MAX_PATH]; /* a folder on a bpffs; empty = held by this process */
	struct plan_port ports[MAX_PORTS];
	int n_ports;
};

/* The plan of a command line: its own words, a file, or stdin up to "go". Ends the program on what it does not understand. */
void read_plan(struct plan *plan, struct lines *in, int argc, char **argv);
void read_serving(struct plan *plan, int argc, char **argv);
void add_port(struct plan *plan, char **words, int n);
void print_port_options(void);
_Noreturn void bad_word(const char *port, const char *what, const char *value);
bool parse_mac(const char *text, uint8_t *mac);
void print_plan_keys(void);

/* Where JSON goes: stdout, or a reply in the making. */
extern FILE *out;
/* Ends the program: one JSON line on stdout, one for people on stderr. Nothing stays attached. */
_Noreturn void refuse(const char *port, const char *reason, const char *cure, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));
/* Something that the user should know, kept for the line that says ready. */
void note(const char *port, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* A cure is a command to type: DEV in it is the port. */
void fill_in(char *to, size_t size, const char *cure, const char *port);
void print_json_string(const char *text);

/* What the kernel says of a device in the current network namespace. */
struct device {
	uint32_t ifindex, mtu, peer_ifindex; /* peer: a veth's; 0 = none */
	char driver[32];
	bool up, ethernet, promiscuous, lro, gro_hw, rx_vlan, tx_vlan, tx_csum;
	uint32_t master; /* ifindex; 0 = none */
	uint32_t rx_queues, tx_queues;
};

int read_device(const char *name, struct device *device);
/* Of the XDP features: whether it takes redirected frames; -1 if this kernel does not say. */
int takes_redirects(uint32_t ifindex);
/* Refuses a device that something of this machine stands on: address, route, master, device on top, tc program. */
void check_in_use(const struct plan_port *port, const struct device *device);
/* Says where else a device of that name is: "in the network namespace NAME". */
void find_elsewhere(const char *name, char *text, size_t size);
/* Refuses a device that carries an XDP program, and says whose. */
void check_program(const struct plan_port *port, const struct device *device);
/* Its master and queues, by netlink. */
int read_link(struct device *device);

struct bridge_port {
	struct device device;
	enum mode mode; /* never auto */
	bool takes_redirects;
};

#define MAX_LINKS (3 * MAX_PORTS + 2)

/* What a pinned bridge's loader leaves for the next one. */
struct saved {
	uint32_t size; /* of this: another version's is not read */
	uint32_t netns_inode;
	struct plan plan;
	struct bridge_port ports[MAX_PORTS];
	bool made_promiscuous[MAX_PORTS]; /* by us: down takes it back */
	uint64_t deleted;                 /* FDB entries that commands took out */
	uint64_t told_lost;               /* of the frames that were not recorded */
	int n_ports, n_links;
};

struct bridge {
	const struct plan *plan;
	struct bridge_port *ports;
	int n_ports;
	struct bpf_object *object; /* NULL: reopened, all is in the pins */
	struct saved saved;
	int links[MAX_LINKS];
};

uint32_t netns_inode(void);
/* Every link is held by its descriptor, or pinned. */
void hold_link(struct bridge *bridge, int link);
/* Makes the folder, and pins maps and programs; before the first link. Taken back unless keep_pins is called. */
void pin_bridge(struct bridge *bridge);
void keep_pins(void);
/* Writes down what is saved; nothing for a bridge that is not pinned. */
void save(struct bridge *bridge);
int read_saved(const char *path, struct saved *saved);
void reopen_bridge(struct bridge *bridge, const char *folder);
int pinned_fd(const struct bridge *bridge, const char *kind, const char *name);
/* Detaches and removes everything, whatever part of it there is: 0 or -errno, when text says why. */
int take_down(const char *folder, char *text, size_t size);
int set_promiscuous(const char *name, bool on);

void check_kernel(void);
void check_ports(struct bridge *bridge);
void load_bridge(struct bridge *bridge);
void attach_bridge(struct bridge *bridge);
int map_fd(const struct bridge *bridge, const char *name);
int program_fd(const struct bridge *bridge, const char *name);
/* After a change of the FDB from here: what the data path remembers of it no longer counts. */
void change_generation(const struct bridge *bridge);
int port_named(const struct bridge *bridge, const char *name);
/* Of what the port's options say, or what else there is: auto falls back to tc with a note, another mode is refused. */
void no_xdp(const struct plan_port *port, struct bridge_port *live, const char *reason, const char *cure, const char *fmt, ...)
	__attribute__((format(printf, 5, 6)));
/* Whether any port tells VLANs apart. */
bool names_vlans(const struct bridge *bridge);
void serve_down(struct bridge *bridge);
bool goes_natively(const struct bridge *bridge);
void prepare_veth(struct bridge *bridge, int i);
const char *mode_name(enum mode mode);
int link_xdp(int program, uint32_t ifindex, bool generic);
int link_tc(int program, uint32_t ifindex);
/* Runs a function in another network namespace and comes back: its result, or -errno. */
int in_netns(const char *path, int (*act)(void *), void *argument);

/* Answers commands from stdin and from the socket until it is told to end. */
void serve(struct bridge *bridge, struct lines *in);
/* Before anyone is told that the bridge is ready: who is may end it at once. */
void catch_signals(void);
#define MAX_CLIENTS 16
struct pollfd;
/* Before the ports are touched, so that a path in use is refused. */
void bind_socket(const char *path);
void publish_socket(const char *path);
void close_socket(void);
/* Fills in what to wait for: how many, at most MAX_CLIENTS. */
int poll_clients(struct pollfd *polls);
/* Whose descriptor that is; NULL if it was the listener's, and has been accepted. */
struct lines *client_of(int fd);
void close_client(struct lines *client);
/* Sends one command and prints the reply: 0, or 1 if it is an error. */
int ask_bridge(const char *path, int argc, char **argv);
void serve_show(const struct bridge *bridge);
void serve_stats(const struct bridge *bridge);
void serve_try(const struct bridge *bridge, char **words, int n);
void serve_programs(const struct bridge *bridge);
const char *rule_name(uint32_t counter);
/* Frames seen since the last call. */
void serve_frames(struct bridge *bridge);
void open_frames(struct bridge *bridge);
/* `fdb ...`: prints its reply. */
void serve_fdb(struct bridge *bridge, char **words, int n);
void reply_error(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
uint32_t count_fdb(const struct bridge *bridge);
uint64_t now_ns(void);

#endif
