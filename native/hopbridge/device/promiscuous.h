/* SPDX-License-Identifier: GPL-2.0-only */
/* Promiscuous mode as the flag of a device, which stays. */
#ifndef HOPBRIDGE_PROMISCUOUS_H
#define HOPBRIDGE_PROMISCUOUS_H

#include <stdbool.h>

/* Whether it was on before, or -errno. */
int set_promiscuous(const char *name, bool on);

#endif
