/* SPDX-License-Identifier: GPL-2.0-only */
/* What ends a trace. */
#ifndef HOPLAB_HOPTRACE_STOP_H
#define HOPLAB_HOPTRACE_STOP_H

#include <signal.h>

enum end { END_INPUT, END_SIGNAL };

/* A signal asked for the end. */
extern volatile sig_atomic_t stopping;
void catch_signals(void);

#endif
