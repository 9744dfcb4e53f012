/* SPDX-License-Identifier: GPL-2.0-only */
/* What orders about the guest itself leave behind. */
#ifndef HOPLAB_AGENT_FILES_H
#define HOPLAB_AGENT_FILES_H

#include <stdbool.h>

/* The guest was told to end. */
extern bool ending;

#endif
