/* SPDX-License-Identifier: GPL-2.0-only */
/* The layout of the file. */
#ifndef HOPLAB_HOPTRACE_LAYOUT_H
#define HOPLAB_HOPTRACE_LAYOUT_H

/* As JSON on stdout, as the compiler sees it: for the test that holds the decoder against it. */
int print_layout(void);

#endif
