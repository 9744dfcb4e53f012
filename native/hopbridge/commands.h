/* SPDX-License-Identifier: GPL-2.0-only */
/* The commands, and who answers them. */
#ifndef HOPBRIDGE_COMMANDS_H
#define HOPBRIDGE_COMMANDS_H

#include "bridge.h"

/* Answers commands from stdin and from the socket until it is told to end. */
void serve(struct bridge *bridge, struct lines *in);
/* Before anyone is told that the bridge is ready: who is may end it at once. */
void catch_signals(void);
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
void serve_down(struct bridge *bridge);
uint32_t count_fdb(const struct bridge *bridge);

#endif
