/* SPDX-License-Identifier: GPL-2.0-only */
/* The control socket: its listener and clients, and the client's own side. */
#ifndef HOPBRIDGE_SOCKET_H
#define HOPBRIDGE_SOCKET_H

#include "lines.h"

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

#endif
