// SPDX-License-Identifier: GPL-2.0-only
/* The ways out: what the user asks for, and what the system refuses. */
#include "prober.h"
#include "stop.h"

#include <string.h>

volatile sig_atomic_t stopping;

static void on_stop(int signal)
{
	(void)signal;
	stopping = 1;
}

void stop_by_signal(void)
{
	/* No SA_RESTART: a blocking receive has to come back and see `stopping`. */
	struct sigaction action = { .sa_handler = on_stop };

	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGINT, &action, NULL);
}

int fail(const char *what, int err)
{
	fprintf(stderr, "hoplab-prober: %s: %s\n", what, strerror(err < 0 ? -err : err));
	return EXIT_SYSTEM;
}
