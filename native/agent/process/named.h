/* SPDX-License-Identifier: GPL-2.0-only */
/* Words of orders that name processes. */
#ifndef HOPLAB_AGENT_PROCESS_NAMED_H
#define HOPLAB_AGENT_PROCESS_NAMED_H

#include "../order.h"

/* One that there is. */
enum taken take_process(const struct order *o, const struct word *word, const char *text, union value *value);
/* A name that is free. */
enum taken take_new_process(const struct order *o, const struct word *word, const char *text, union value *value);

#endif
