// SPDX-License-Identifier: GPL-2.0-only
/* Reads numbers, modes, choices and times to wait. */
#include "words.h"
#include "number.h"
#include "reply.h"

#include <stdio.h>
#include <string.h>

#define MAX_WAIT_MS 3600000

enum taken take_text(const struct order *o, const struct word *word, const char *text, union value *value)
{
	(void)o;
	(void)word;
	(void)text;
	(void)value;
	return WORD_TAKEN;
}

enum taken take_number(const struct order *o, const struct word *word, const char *text, union value *value)
{
	(void)o;
	return parse_number(text, word->least, word->most, &value->number) ? WORD_TAKEN : WORD_WRONG;
}

enum taken take_octal(const struct order *o, const struct word *word, const char *text, union value *value)
{
	unsigned mode;
	int end = 0;

	(void)o;
	(void)word;
	if (sscanf(text, "%o%n", &mode, &end) != 1 || text[end] || mode > 07777)
		return WORD_WRONG;
	value->number = mode;
	return WORD_TAKEN;
}

enum taken take_choice(const struct order *o, const struct word *word, const char *text, union value *value)
{
	(void)o;
	for (value->number = 0; word->choices[value->number]; value->number++)
		if (!strcmp(word->choices[value->number], text))
			return WORD_TAKEN;
	return WORD_WRONG;
}

enum taken take_timeout(const struct order *o, const struct word *word, const char *text, union value *value)
{
	(void)word;
	if (parse_number(text, 0, MAX_WAIT_MS, &value->number))
		return WORD_TAKEN;
	reply_error(o->id, "%s: the time to wait must be 0 to %d ms, not \"%s\"", o->verb, MAX_WAIT_MS, text);
	return WORD_REFUSED;
}
