/* SPDX-License-Identifier: GPL-2.0-only */
/* When and where a process may compute. */
#ifndef HOPLAB_LAUNCH_SCHEDULE_H
#define HOPLAB_LAUNCH_SCHEDULE_H

/* Ends this process once a thread of it computes for so long under real-time priority without sleeping. */
void bound_real_time(int awake_ms);
/* Pins it to a CPU, and gives it a real-time priority; -1 and 0 leave it as it is. */
void schedule(int cpu, int prio);

#endif
