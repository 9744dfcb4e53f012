/* SPDX-License-Identifier: GPL-2.0-only */
/* The end of the guest. */
#ifndef HOPLAB_AGENT_FATAL_H
#define HOPLAB_AGENT_FATAL_H

/* Says why there is no going on, and ends: the guest, or as an ordinary process itself alone. */
void fatal(const char *fmt, ...) __attribute__((format(printf, 1, 2), noreturn));
_Noreturn void end_machine(void);

#endif
