/* SPDX-License-Identifier: GPL-2.0-only */
/* The far end of a veth. */
#ifndef HOPBRIDGE_FAR_END_H
#define HOPBRIDGE_FAR_END_H

#include "../bridge.h"

/* Gives it what a port needs of it, where it can be reached. */
void prepare_veth(struct bridge *bridge, int i);

#endif
