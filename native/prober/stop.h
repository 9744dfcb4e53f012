/* SPDX-License-Identifier: GPL-2.0-only */
/* The ways out. */
#ifndef HOPLAB_PROBER_STOP_H
#define HOPLAB_PROBER_STOP_H

#include <signal.h>

int fail(const char *what, int err);
extern volatile sig_atomic_t stopping;
void stop_by_signal(void);

#endif
