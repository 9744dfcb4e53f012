/* SPDX-License-Identifier: GPL-2.0-only */
/* Connections of the climbing side, and moving bytes over them; errors are negative. */
#ifndef HOPLAB_LADDER_STREAM_H
#define HOPLAB_LADDER_STREAM_H

#include "climb.h"
#include "result.h"

/* Patience is for the next byte, not for all of them. */
int open_connection(struct climb *c, struct result *r, const struct wish *wish, bool v6);
int send_all(int fd, const void *bytes, size_t len, int patience_ms);
ssize_t receive_some(int fd, void *bytes, size_t len, int patience_ms);
int receive_all(int fd, void *bytes, size_t len, int patience_ms);

#endif
