// SPDX-License-Identifier: GPL-2.0-only
/* Takes SIGTERM and SIGINT for the end of the trace. */
#include "stop.h"

#include <stddef.h>

volatile sig_atomic_t stopping;

static void on_stop(int signal)
{
	(void)signal;
	stopping = 1;
}

void catch_signals(void)
{
	/* No SA_RESTART: what waits has to come back and see `stopping`. */
	struct sigaction stop = { .sa_handler = on_stop }, ignore = { .sa_handler = SIG_IGN };

	sigaction(SIGTERM, &stop, NULL);
	sigaction(SIGINT, &stop, NULL);
	sigaction(SIGPIPE, &ignore, NULL);
}
