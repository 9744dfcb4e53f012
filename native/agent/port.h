/* SPDX-License-Identifier: GPL-2.0-only */
/* A virtio-serial port. */
#ifndef HOPLAB_AGENT_PORT_H
#define HOPLAB_AGENT_PORT_H

/* Its descriptor as soon as the driver has it, or negative errno. */
int port_open(const char *name, int timeout_ms);

#endif
