// SPDX-License-Identifier: GPL-2.0-only
/* Reads plans by their table, and prints the table as help. */
#include "plan.h"
#include "number.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#define HELP_COLUMN 28

int find_word(const char *const *words, const char *word)
{
	for (int i = 0; words[i]; i++)
		if (!strcmp(words[i], word))
			return i;
	return -1;
}

static bool knows(const struct plan_key *key, unsigned int role)
{
	return !key->roles || key->roles & role;
}

static bool has_preset(const struct plan_key *key)
{
	return key->kind == PLAN_WORD || (key->kind == PLAN_NUMBER && key->preset >= key->least && key->preset <= key->most);
}

static void store(void *plan, const struct plan_key *key, int64_t value)
{
	void *field = (char *)plan + key->offset;

	if (key->size == sizeof(uint8_t))
		*(uint8_t *)field = (uint8_t)value;
	else if (key->size == sizeof(uint16_t))
		*(uint16_t *)field = (uint16_t)value;
	else if (key->size == sizeof(uint32_t))
		*(uint32_t *)field = (uint32_t)value;
	else
		*(int64_t *)field = value;
}

void preset_plan(const struct plan_table *table, void *plan)
{
	for (size_t i = 0; i < table->n_keys; i++)
		if (has_preset(&table->keys[i]))
			store(plan, &table->keys[i], table->keys[i].preset);
}

static int take_value(const struct plan_table *table, const struct plan_key *key, void *plan, const struct plan_line *line)
{
	const char *word = line->words[1];
	int64_t value;

	if (key->kind == PLAN_TEXT) {
		if (strlen(word) >= key->size)
			return table->reject(PLAN_VALUE, key, line);
		strcpy((char *)plan + key->offset, word);
		return 0;
	}
	if (key->kind == PLAN_FLAG)
		value = true;
	else if (key->kind == PLAN_WORD)
		value = find_word(key->words, word);
	else if (!parse_number(word, key->least, key->most, &value))
		return table->reject(PLAN_VALUE, key, line);
	if (key->kind == PLAN_WORD && value < 0)
		return table->reject(PLAN_VALUE, key, line);
	store(plan, key, value);
	return 0;
}

static int take_words(const struct plan_table *table, unsigned int role, void *plan, const struct plan_line *line)
{
	for (size_t i = 0; i < table->n_keys; i++) {
		const struct plan_key *key = &table->keys[i];
		int one = key->kind != PLAN_FLAG;
		int fewest = key->most_values ? key->fewest : one, most = key->most_values ? key->most_values : one;

		if (!knows(key, role) || strcmp(key->name, line->words[0]))
			continue;
		if (line->n - 1 < fewest || line->n - 1 > most)
			return table->reject(PLAN_COUNT, key, line);
		return key->kind == PLAN_TAKEN ? key->take(plan, line) : take_value(table, key, plan, line);
	}
	return table->reject(PLAN_KEY, NULL, line);
}

/* The key, and all that follows it. */
static int split_key(char *text, char **words)
{
	char *rest = text;

	words[0] = strsep(&rest, " ");
	words[1] = rest;
	return !*words[0] ? 0 : rest ? 2 : 1;
}

int take_plan_line(const struct plan_table *table, unsigned int role, void *plan, char *text, int number)
{
	char *words[PLAN_WORDS + 2] = { NULL };
	struct plan_line line = { .number = number, .words = words };

	line.n = table->whole ? split_key(text, words) : split_words(text, words, PLAN_WORDS);
	if (!line.n || *words[0] == '#')
		return 0;
	if (line.n < 0) {
		line.n = PLAN_WORDS;
		return table->reject(PLAN_COUNT, NULL, &line);
	}
	return take_words(table, role, plan, &line);
}

int take_plan_option(const struct plan_table *table, void *plan, char *option, const char **value)
{
	char *words[3] = { option, strchr(option, '='), NULL };
	struct plan_line line = { .n = words[1] ? 2 : 1, .words = words };

	if (words[1])
		*words[1]++ = 0;
	*value = words[1];
	return take_words(table, 0, plan, &line);
}

bool is_go(const char *text)
{
	text += strspn(text, " \t\r");
	return !strncmp(text, "go", 2) && !text[2 + strspn(text + 2, " \t\r")];
}

int read_plan_lines(const struct plan_table *table, unsigned int role, void *plan)
{
	static struct lines in = { .fd = STDIN_FILENO };
	static char text[MAX_LINE];
	size_t room = table->line_bytes < sizeof(text) ? table->line_bytes : sizeof(text);
	char *none[] = { NULL };
	struct plan_line line = { .words = none };

	in.stop = table->stop;
	preset_plan(table, plan);
	for (line.number = 1;; line.number++) {
		int length, err;

		while ((length = take_line(&in, text, room)) == -EAGAIN)
			if (!read_more(&in))
				return table->reject(PLAN_ENDED, NULL, &line);
		if (length < 0)
			return table->reject(PLAN_LINE, NULL, &line);
		if (is_go(text))
			return line.number;
		err = take_plan_line(table, role, plan, text, line.number);
		if (err)
			return err;
	}
}

void print_keys(FILE *out, const struct plan_table *table, unsigned int role)
{
	char between = table->options ? '=' : ' ';

	for (size_t i = 0; i < table->n_keys; i++) {
		const struct plan_key *key = &table->keys[i];
		int used;

		if (!knows(key, role))
			continue;
		used = fprintf(out, "%s%s", table->options ? "    " : "  ", key->name);
		if (key->values)
			used += fprintf(out, "%c%s", between, key->values);
		for (int w = 0; !key->values && key->words && key->words[w]; w++)
			used += fprintf(out, "%c%s", w ? '|' : between, key->words[w]);
		fprintf(out, "%*s  %s", used < HELP_COLUMN ? HELP_COLUMN - used : 0, "", key->help);
		if (has_preset(key) && key->words)
			fprintf(out, "; default %s", key->words[key->preset]);
		else if (has_preset(key))
			fprintf(out, "; default %lld", (long long)key->preset);
		fputc('\n', out);
	}
	if (!table->options)
		fprintf(out, "  %-*s  the end of the plan\n", HELP_COLUMN - 2, "go");
}
