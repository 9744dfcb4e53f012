/* SPDX-License-Identifier: GPL-2.0-only */
/* What the plan's two files share. */
#ifndef HOPLAB_PROBER_PLAN_H
#define HOPLAB_PROBER_PLAN_H

#include "prober.h"

/* Prints what is wrong with the line; always -EINVAL. */
int reject(int line, const char *format, ...) __attribute__((format(printf, 2, 3)));
int find_word(const char *const *words, const char *word);
bool parse_integer(const char *word, int64_t *value);
int add_endpoint(struct plan *plan, enum role role, int line, char **words, int n);

#endif
