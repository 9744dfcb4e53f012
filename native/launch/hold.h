/* SPDX-License-Identifier: GPL-2.0-only */
/* The holder of a lab's namespaces. */
#ifndef HOPLAB_LAUNCH_HOLD_H
#define HOPLAB_LAUNCH_HOLD_H

/* Holds new namespaces until EOF on stdin: the exit code. */
int hold(void);

#endif
