/* SPDX-License-Identifier: GPL-2.0-only */
/* Sockets of the plan's endpoints; errors are negative. */
#ifndef HOPLAB_PROBER_NET_H
#define HOPLAB_PROBER_NET_H

#include "prober.h"

#include <stdbool.h>
#include <stddef.h>

int open_socket(const struct endpoint *ep, bool datagram, bool nonblocking);
int set_timeouts(int fd, int64_t ns);
int set_busy_poll(int fd);
int send_all(int fd, const void *bytes, size_t len);

#endif
