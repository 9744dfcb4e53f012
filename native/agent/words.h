/* SPDX-License-Identifier: GPL-2.0-only */
/* Readers of words that mean the same to every verb. */
#ifndef HOPLAB_AGENT_WORDS_H
#define HOPLAB_AGENT_WORDS_H

#include "order.h"

/* As it is: argv has it. */
enum taken take_text(const struct order *o, const struct word *word, const char *text, union value *value);
enum taken take_number(const struct order *o, const struct word *word, const char *text, union value *value);
/* The mode of a file. */
enum taken take_octal(const struct order *o, const struct word *word, const char *text, union value *value);
enum taken take_choice(const struct order *o, const struct word *word, const char *text, union value *value);
/* How long to wait, in ms. */
enum taken take_timeout(const struct order *o, const struct word *word, const char *text, union value *value);

#endif
