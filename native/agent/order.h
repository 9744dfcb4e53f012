/* SPDX-License-Identifier: GPL-2.0-only */
/* An order as it was read, and the table of what orders there are: parser, limits and help in one. */
#ifndef HOPLAB_AGENT_ORDER_H
#define HOPLAB_AGENT_ORDER_H

#include "net/address.h"

#include <stddef.h>

#define ID_MAX 16
#define MAX_WORDS 16
#define MAX_VERB_WORDS 4

struct child;

/* What a word of an order means. */
union value {
	int64_t number;
	struct address address;
	unsigned char mac[6];
	struct child *child;
};

struct order {
	const char *id, *verb;
	int argc;
	char *argv[MAX_WORDS];
	union value values[MAX_VERB_WORDS];	/* of those that have a meaning */
	const char *rest;	/* everything after the first argument, as it was sent */
	const char *payload;
	size_t payload_len;
	bool has_payload;
};

/* WORD_WRONG: the verb says what it should have been; WORD_REFUSED: that has been replied. */
enum taken { WORD_TAKEN, WORD_WRONG, WORD_REFUSED };

struct word {
	const char *name;	/* in the help */
	enum taken (*take)(const struct order *o, const struct word *word, const char *text, union value *value);
	int64_t least, most;	/* of a number */
	const char *const *choices;	/* of one of some words, ended by NULL: its value is the index */
};

#define WORD(name_, take_) { .name = name_, .take = take_ }
#define NUMBER(name_, least_, most_) { .name = name_, .take = take_number, .least = least_, .most = most_ }
#define CHOICE(name_, choices_) { .name = name_, .take = take_choice, .choices = choices_ }

struct verb {
	const char *name;
	struct word words[MAX_VERB_WORDS];
	bool more;		/* after the last of them others may come */
	bool payload;
	void (*serve)(const struct order *o);
	const char *wrong;	/* what to say of a wrong word, with the words from `shown` on; NULL: the limits of the numbers */
	int shown;
	const char *help;
};

#endif
