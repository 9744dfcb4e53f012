/* SPDX-License-Identifier: GPL-2.0-only */
/* The state of the server: listeners with their residence times, and the connections' slots. */
#ifndef HOPLAB_PROBER_SERVER_H
#define HOPLAB_PROBER_SERVER_H

#include "moment.h"
#include "place.h"
#include "prober.h"
#include "record.h"

#include <pthread.h>
#include <stdatomic.h>

#define MAX_CONNECTIONS 256
/* A crr client that connects and stays silent holds its listener no longer than this. */
#define CRR_PATIENCE_NS NS_PER_SEC

struct peer {
	struct sockaddr_storage addr;
	socklen_t len;
};

struct listener {
	const struct endpoint *ep;
	int fd;
	pthread_t thread;
	struct service *records;
	struct peer peer;		/* UDP: who asked last */
	atomic_uint served;		/* also the next record's number */
	atomic_uint connections;
	atomic_uint bad_requests;	/* datagrams of another length */
};

enum slot_state { SLOT_FREE, SLOT_RUNNING, SLOT_DONE };

struct connection {
	struct listener *listener;
	int fd;
	uint16_t number;
	size_t got;			/* spinning: bytes of the request under way */
	pthread_t thread;
	enum slot_state state;
};

struct server {
	const struct plan *plan;
	struct granted granted;
	struct listener listener[MAX_ENDPOINTS];
	struct connection connection[MAX_CONNECTIONS];
	pthread_mutex_t lock;		/* of the connections' slots and of their fds */
	pthread_attr_t thread_attr;
	atomic_bool stop;
};
extern struct server server;

/* What a serving thread owns: its buffers, allocated and touched before the first request. */
struct buffers {
	char *request, *response;
	size_t tag_bytes;
};

/* serve.c */
int start_listener(struct listener *l);
int open_buffers(struct buffers *b);
void close_buffers(struct buffers *b);
/* Answers the request in the buffer, to the peer or on the connected socket, and keeps the residence time. */
int answer(struct listener *l, int fd, uint16_t number, const struct peer *to, struct buffers *b);
void serve_datagram(struct listener *l, struct peer *from, ssize_t n, struct buffers *b);

/* spin.c */
int start_spinner(void);
void join_spinner(void);

#endif
