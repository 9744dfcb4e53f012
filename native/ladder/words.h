/* SPDX-License-Identifier: GPL-2.0-only */
/* Names of errors. */
#ifndef HOPLAB_LADDER_WORDS_H
#define HOPLAB_LADDER_WORDS_H

const char *errno_name(int err);

#endif
