/* SPDX-License-Identifier: GPL-2.0-only */
/* Plans: lines of a key and its values, up to the line "go". One table of keys is parser, limits and help. */
#ifndef HOPLAB_LIB_PLAN_H
#define HOPLAB_LIB_PLAN_H

#include "lines.h"

#include <stdint.h>
#include <stdio.h>

#define PLAN_WORDS 16

struct plan_line {
	int number;		/* from 1 */
	int n;
	char **words;		/* the key is the first; words[n] is NULL */
};

enum plan_fault {
	PLAN_ENDED,		/* stdin ended before "go" */
	PLAN_LINE,		/* a line is too long, or no text */
	PLAN_KEY,		/* no such key */
	PLAN_COUNT,		/* it does not take so many values */
	PLAN_VALUE,		/* beyond the limits, or no such word */
};

enum plan_kind {
	PLAN_TAKEN,		/* by `take` */
	PLAN_NUMBER,		/* from `least` to `most` */
	PLAN_WORD,		/* one of `words`, stored as its index */
	PLAN_TEXT,		/* that fits its field */
	PLAN_FLAG,		/* no value: it is there */
};

struct plan_key {
	const char *name, *values, *help;
	enum plan_kind kind;
	unsigned int roles;	/* a bit for each role that knows it; 0 = all do */
	size_t offset, size;	/* of its field */
	int64_t least, most, preset;	/* a preset beyond the limits is none */
	const char *const *words;
	int fewest, most_values;	/* of those that are taken; 0 = exactly one */
	int (*take)(void *plan, const struct plan_line *line);	/* 0, or -EINVAL once the user knows why */
};

/* The field of a key. */
#define PLAN_FIELD(type, field) .offset = offsetof(struct type, field), .size = sizeof(((struct type *)0)->field)

struct plan_table {
	const struct plan_key *keys;
	size_t n_keys;
	size_t line_bytes;	/* of the longest line, and its end */
	bool whole;		/* what follows a key is one value, spaces and all */
	bool options;		/* its keys are options of a line: NAME=VALUE, or NAME for a flag */
	const volatile sig_atomic_t *stop;
	/* Tells the user what is wrong with a line, in the tool's own words; -EINVAL. The key is NULL where there is none. */
	int (*reject)(enum plan_fault fault, const struct plan_key *key, const struct plan_line *line);
};

void preset_plan(const struct plan_table *table, void *plan);
/* One line that is not the last: 0, or what was returned by reject or take. Blank lines and those that begin with # say nothing. */
int take_plan_line(const struct plan_table *table, unsigned int role, void *plan, char *text, int number);
/*
 * One option of a line: 0, or what was returned by reject or take. The option is cut behind its name, and the value is what
 * follows; NULL where there is none.
 */
int take_plan_option(const struct plan_table *table, void *plan, char *option, const char **value);
/* Whether it is the last line. */
bool is_go(const char *text);
/* Sets the presets and reads stdin up to "go": the number of that line, or -EINVAL. */
int read_plan_lines(const struct plan_table *table, unsigned int role, void *plan);
void print_keys(FILE *out, const struct plan_table *table, unsigned int role);
/* The index of a word; -1 = it is none of them. */
int find_word(const char *const *words, const char *word);

#endif
