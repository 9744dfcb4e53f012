// SPDX-License-Identifier: GPL-2.0-only
/* Reads words that name interfaces and addresses. */
#include "named.h"
#include "../reply.h"

#include <arpa/inet.h>
#include <net/if.h>
#include <string.h>

enum taken take_interface(const struct order *o, const struct word *word, const char *text, union value *value)
{
	(void)word;
	value->number = if_nametoindex(text);
	if (value->number)
		return WORD_TAKEN;
	reply_error(o->id, "%s: there is no interface \"%.40s\"", o->verb, text);
	return WORD_REFUSED;
}

enum taken take_mac(const struct order *o, const struct word *word, const char *text, union value *value)
{
	(void)o;
	(void)word;
	return parse_mac(text, value->mac) ? WORD_TAKEN : WORD_WRONG;
}

enum taken take_address(const struct order *o, const struct word *word, const char *text, union value *value)
{
	(void)o;
	(void)word;
	return parse_address(text, &value->address) ? WORD_TAKEN : WORD_WRONG;
}

enum taken take_address_or_none(const struct order *o, const struct word *word, const char *text, union value *value)
{
	if (strcmp(text, "-"))
		return take_address(o, word, text, value);
	value->address = (struct address){ 0 };
	return WORD_TAKEN;
}

enum taken take_ipv4(const struct order *o, const struct word *word, const char *text, union value *value)
{
	(void)o;
	(void)word;
	value->address = (struct address){ .family = AF_INET, .len = 4, .prefix = 32 };
	return inet_pton(AF_INET, text, value->address.bytes) == 1 ? WORD_TAKEN : WORD_WRONG;
}
