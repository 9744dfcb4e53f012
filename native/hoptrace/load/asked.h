/* SPDX-License-Identifier: GPL-2.0-only */
/* What comes of the points that a plan asks for. */
#ifndef HOPLAB_HOPTRACE_ASKED_H
#define HOPLAB_HOPTRACE_ASKED_H

#include "../setup.h"

/* NULL = the plan does not ask for that point. */
struct asked *asked_for(struct plan *plan, int point);
/* Why a way is not to be had. */
void refuse(struct plan *plan, const struct way *way, const char *why);
void refuse_all(struct plan *plan, const char *why);
/* A way that is in use. */
void use(struct plan *plan, const struct way *way);

#endif
