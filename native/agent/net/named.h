/* SPDX-License-Identifier: GPL-2.0-only */
/* Words of orders that name interfaces and addresses. */
#ifndef HOPLAB_AGENT_NET_NAMED_H
#define HOPLAB_AGENT_NET_NAMED_H

#include "../order.h"

/* Its index, as a number. */
enum taken take_interface(const struct order *o, const struct word *word, const char *text, union value *value);
enum taken take_mac(const struct order *o, const struct word *word, const char *text, union value *value);
enum taken take_address(const struct order *o, const struct word *word, const char *text, union value *value);
/* "-" = none. */
enum taken take_address_or_none(const struct order *o, const struct word *word, const char *text, union value *value);
/* Alone, without a prefix. */
enum taken take_ipv4(const struct order *o, const struct word *word, const char *text, union value *value);

#endif
