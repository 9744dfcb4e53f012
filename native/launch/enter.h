/* SPDX-License-Identifier: GPL-2.0-only */
/* Runs a program in a lab. */
#ifndef HOPLAB_LAUNCH_ENTER_H
#define HOPLAB_LAUNCH_ENTER_H

/* Does what the options after "enter" say: the exit code; -1 = they are not understood. */
int enter(int argc, char **argv);

#endif
