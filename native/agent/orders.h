/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Orders from the host, and who serves them.
 *
 * The protocol, on a guest's port "hoplab.agent" or over stdin and stdout, safe for binary content:
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
 * `hoplab-agent --help` lists the orders.
 */
#ifndef HOPLAB_AGENT_ORDERS_H
#define HOPLAB_AGENT_ORDERS_H

#include <stddef.h>

/* Takes bytes as they come from the port, in pieces of any size. */
void orders_feed(char *data, size_t len);
/* Forgets what was half read, and replies that nobody will take. */
void orders_reset(void);
/* The table, for people. */
void print_orders(void);

#endif
