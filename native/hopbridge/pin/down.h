/* SPDX-License-Identifier: GPL-2.0-only */
/* The end of a pinned bridge. */
#ifndef HOPBRIDGE_DOWN_H
#define HOPBRIDGE_DOWN_H

#include <stddef.h>

/* Detaches and removes everything, whatever part of it there is: 0 or -errno, when text says why. */
int take_down(const char *folder, char *text, size_t size);

#endif
