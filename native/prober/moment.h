/* SPDX-License-Identifier: GPL-2.0-only */
/* Times in ns. */
#ifndef HOPLAB_PROBER_MOMENT_H
#define HOPLAB_PROBER_MOMENT_H

#include <stdint.h>
#include <time.h>

#define NS_PER_SEC 1000000000LL

static inline int64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * NS_PER_SEC + ts.tv_nsec;
}

static inline uint32_t clip_u32(int64_t ns)
{
	return ns < 0 ? 0 : ns > UINT32_MAX ? UINT32_MAX : (uint32_t)ns;
}

#endif
