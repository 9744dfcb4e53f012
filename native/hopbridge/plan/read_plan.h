/* SPDX-License-Identifier: GPL-2.0-only */
/* The way from text to a plan. */
#ifndef HOPBRIDGE_READ_PLAN_H
#define HOPBRIDGE_READ_PLAN_H

#include "lines.h"
#include "setup.h"

/* The plan of a command line: its own words, a file, or stdin up to "go". Ends the program on what it does not understand. */
void read_plan(struct plan *plan, struct lines *in, int argc, char **argv);
/* Of the plan only how the bridge is served. */
void read_serving(struct plan *plan, int argc, char **argv);
void print_plan_keys(void);

#endif
