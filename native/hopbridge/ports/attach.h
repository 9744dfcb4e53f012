/* SPDX-License-Identifier: GPL-2.0-only */
/* The ports of a bridge, attached. */
#ifndef HOPBRIDGE_ATTACH_H
#define HOPBRIDGE_ATTACH_H

#include "../bridge.h"

void attach_bridge(struct bridge *bridge);

#endif
