/* SPDX-License-Identifier: GPL-2.0-only */
/* The clock of the records, and the CPU's counter beside it. */
#ifndef HOPLAB_HOPTRACE_CLOCK_H
#define HOPLAB_HOPTRACE_CLOCK_H

#include <linux/types.h>
#include <stdio.h>

/* CLOCK_MONOTONIC */
__u64 now_ns(void);
/* ,"tsc":{...}, or nothing where there is no such counter */
void put_tsc(FILE *out);

#endif
