/* SPDX-License-Identifier: GPL-2.0-only */
/* The points of a plan, by the best programs that this kernel grants. */
#ifndef HOPLAB_HOPTRACE_GRANT_H
#define HOPLAB_HOPTRACE_GRANT_H

#include "load.h"

/* What the kernel refuses is said in the plan; records are wanted from here on. */
void load_points(struct loaded *loaded, struct plan *plan);

#endif
