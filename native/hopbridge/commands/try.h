/* SPDX-License-Identifier: GPL-2.0-only */
/* The command try, for tests. */
#ifndef HOPBRIDGE_TRY_H
#define HOPBRIDGE_TRY_H

#include "../bridge.h"

void serve_try(struct bridge *bridge, char **words, int n);

#endif
