/* SPDX-License-Identifier: GPL-2.0-only */
/* Keeps what a machine is owed. */
#ifndef HOPLAB_LAUNCH_KEEP_H
#define HOPLAB_LAUNCH_KEEP_H

/* Acts and owes the undos until the end of stdin; see launch.c. */
int keep(const char *journal);
/* Pays what the journal of a dead keeper names. */
int take_back(const char *journal);

#endif
