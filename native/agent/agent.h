/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * hoplab-agent is the guest's init: it prepares the machine, then takes orders over virtio-serial.
 *
 * The protocol on the port "hoplab.agent", safe for binary content:
 *
 *   order   <id> <verb> [<word> ...]\n            id: 1 to 15 characters without spaces
 *           <id> <verb> [<word> ...] +<n>\n<n bytes of payload>
 *   reply   <id> ok <n>\n<n bytes>
 *           <id> error <n>\n<n bytes of message>
 *
 * Every order gets exactly one reply. Orders are taken in turn, but an order that waits (nic-up,
 * nic-gone, wait, wait-line) is answered when its state is reached or its deadline has passed, and others
 * are served meanwhile. A line that is not an order is answered with the id "?" (or its own id, where it has one).
 *
 *   hello                              JSON: who is here
 *   clock                              CLOCK_MONOTONIC in ns
 *   nic-up MAC ADDR/PREFIX|- MS        waits for the NIC, sets it up with this address; its name
 *   nic-gone MAC MS                    waits until no NIC has this MAC
 *   address IF ADDR/PREFIX             one more address
 *   route IF DEST/PREFIX|default GATEWAY|-
 *   neigh IF ADDR MAC                  permanent
 *   announce ADDR                      sends one datagram there, so that the link learns the guest's MAC
 *   counters                           JSON: every interface
 *   features IF                        JSON: offloads, driver
 *   feature IF NAME on|off             one offload, named as in the reply of features
 *   spawn NAME CPU FIFO NICE +n        argv as NUL-ended strings; CPU -1, FIFO 0, NICE 0: as it comes; its pid
 *   stdin NAME +n, stdin-close NAME    written as the process reads
 *   wait NAME MS                       JSON: exit code or signal
 *   wait-line NAME MS                  the first line of its stdout
 *   output NAME, errors NAME           all of its stdout, stderr
 *   kill NAME SIGNAL                   its process group
 *   forget NAME                        kills what still runs, frees the output
 *   file PATH                          a file's bytes
 *   write PATH MODE +n                 creates or replaces a file, MODE octal
 *   sysctl KEY VALUE                   KEY with dots, or with slashes where a name has dots
 *   shell                              busybox sh on the port "hoplab.shell", where the image has it
 *   poweroff                           ends the guest after the reply
 */
#ifndef HOPLAB_AGENT_H
#define HOPLAB_AGENT_H

#include <poll.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "number.h"

#define AGENT_VERSION 1
#define ID_MAX 16
#define NAME_MAX_LEN 32
#define MAX_WORDS 16
#define MAX_PAYLOAD (64u << 20)
#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

/* buf.c: bytes that grow */
struct buf {
	char *data;
	size_t len, cap, done; /* done: how much of it has been written out */
	bool failed;           /* memory ran out: the content is not complete */
};

void buf_add(struct buf *b, const void *data, size_t len);
void buf_printf(struct buf *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void buf_json(struct buf *b, const char *text);
void buf_free(struct buf *b);
int buf_flush(struct buf *b, int fd);
int buf_read_file(struct buf *b, const char *path);

/* orders.c: the port's two directions */
struct order {
	const char *id, *verb;
	int argc;
	char *argv[MAX_WORDS];
	const char *rest; /* everything after the first argument, as it was sent */
	const char *payload;
	size_t payload_len;
	bool has_payload;
};

struct verb {
	const char *name;
	int argc; /* -1: at least two */
	bool payload;
	void (*serve)(const struct order *o);
};

extern const struct verb net_verbs[], child_verbs[], file_verbs[], shell_verbs[];
extern struct buf port_out;

void orders_feed(char *data, size_t len);
void orders_reset(void);
void reply_ok(const char *id, const void *data, size_t len);
void reply_text(const char *id, const char *text);
void reply_buf(const char *id, struct buf *b);
void reply_error(const char *id, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* pending.c: orders that wait for a state */
struct pending {
	struct pending *next;
	char id[ID_MAX];
	uint64_t deadline_ns;
	long timeout_ms;
	/* Answers and returns true once the state is reached, or once `expired`. */
	bool (*check)(struct pending *p, bool expired);
	char name[NAME_MAX_LEN];
	unsigned char mac[6];
	char address[64];
	bool configured;
};

struct pending *pending_new(const struct order *o, const char *timeout, bool (*check)(struct pending *, bool));
void pending_run(struct pending *p);
void pending_check_all(void);
void pending_drop_all(void);
int pending_timeout_ms(void);
uint64_t now_ns(void);

/* net.c */
int net_open_events(void);
void net_read_events(int fd);
int net_loopback_up(void);

/* child.c */
extern int child_watch_fd;
void child_reap(void);
void child_read_watch(void);
nfds_t child_poll_add(struct pollfd *fds, nfds_t max);
void child_poll_done(const struct pollfd *fds, nfds_t count);

/* port.c, shell.c */
int port_open(const char *name, int timeout_ms);
nfds_t shell_poll_add(struct pollfd *fds);
void shell_poll_done(const struct pollfd *fds, nfds_t count);
void shell_reaped(pid_t pid);

/* agent.c */
extern unsigned modules_loaded;
extern bool ending;
void fatal(const char *fmt, ...) __attribute__((format(printf, 1, 2), noreturn));

#endif
