// SPDX-License-Identifier: GPL-2.0-only
/* Reads words that name processes. */
#include "named.h"
#include "../reply.h"
#include "child.h"

#include <string.h>

enum taken take_process(const struct order *o, const struct word *word, const char *text, union value *value)
{
	(void)word;
	value->child = child_named(text);
	if (value->child)
		return WORD_TAKEN;
	reply_error(o->id, "%s: there is no process \"%.40s\"", o->verb, text);
	return WORD_REFUSED;
}

enum taken take_new_process(const struct order *o, const struct word *word, const char *text, union value *value)
{
	(void)word;
	(void)value;
	if (strlen(text) >= NAME_MAX_LEN || strchr(text, '/'))
		reply_error(o->id, "%s: a name has 1 to %d characters and no slash", o->verb, NAME_MAX_LEN - 1);
	else if (child_named(text))
		reply_error(o->id, "%s: \"%s\" is there already: forget it first", o->verb, text);
	else
		return WORD_TAKEN;
	return WORD_REFUSED;
}
