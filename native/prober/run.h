/* SPDX-License-Identifier: GPL-2.0-only */
/* The two roles; the status to exit with. */
#ifndef HOPLAB_PROBER_RUN_H
#define HOPLAB_PROBER_RUN_H

#include "prober.h"

int run_client(const struct plan *plan);
int run_server(const struct plan *plan);

#endif
