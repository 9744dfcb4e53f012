/* SPDX-License-Identifier: GPL-2.0-only */
/* The paths and listeners of a plan. */
#ifndef HOPLAB_PROBER_ENDPOINT_H
#define HOPLAB_PROBER_ENDPOINT_H

#include "plan.h"
#include "prober.h"

/* Prints what is wrong with the line; always -EINVAL. */
int reject(int line, const char *format, ...) __attribute__((format(printf, 2, 3)));
int add_path(void *plan, const struct plan_line *line);
int add_listener(void *plan, const struct plan_line *line);

#endif
