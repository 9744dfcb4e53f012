/* SPDX-License-Identifier: GPL-2.0-only */
/* The commands, from wherever they come. */
#ifndef HOPBRIDGE_SERVE_H
#define HOPBRIDGE_SERVE_H

#include "../bridge.h"
#include "lines.h"

/* Answers commands from stdin and from the socket until it is told to end. */
void serve(struct bridge *bridge, struct lines *in);
/* Before anyone is told that the bridge is ready: who is may end it at once. */
void catch_signals(void);

#endif
