/* SPDX-License-Identifier: GPL-2.0-only */
/* The command show. */
#ifndef HOPBRIDGE_SHOW_H
#define HOPBRIDGE_SHOW_H

#include "../bridge.h"

void serve_show(struct bridge *bridge);

#endif
