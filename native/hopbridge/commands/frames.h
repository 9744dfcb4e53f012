/* SPDX-License-Identifier: GPL-2.0-only */
/* The command frames. */
#ifndef HOPBRIDGE_FRAMES_H
#define HOPBRIDGE_FRAMES_H

#include "../bridge.h"

void open_frames(struct bridge *bridge);
/* Frames seen since the last call. */
void serve_frames(struct bridge *bridge);

#endif
