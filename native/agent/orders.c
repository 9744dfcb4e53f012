// SPDX-License-Identifier: GPL-2.0-only
/* Reads orders from the port's bytes, checks them by their verb's table, and has them served. */
#include "orders.h"
#include "number.h"
#include "reply.h"
#include "verbs.h"

#include <stdio.h>
#include <string.h>

#define MAX_LINE 4096
#define HELP_COLUMN 38
#define N_TABLES (sizeof(tables) / sizeof(tables[0]))

static const struct verb *const tables[] = { file_verbs, net_verbs, offload_verbs, process_verbs, wait_verbs, shell_verbs };

static char line[MAX_LINE];
static size_t line_len;
static bool line_too_long;
static struct order now;          /* the order whose payload is being read */
static struct buf payload;
static size_t payload_missing;    /* bytes still to come */
static bool payload_unwanted;     /* the order was refused: skip its payload */

static const struct verb *find_verb(const char *name)
{
	for (size_t t = 0; t < N_TABLES; t++)
		for (const struct verb *v = tables[t]; v->name; v++)
			if (!strcmp(v->name, name))
				return v;
	return NULL;
}

static int words_of(const struct verb *v)
{
	int n = 0;

	while (n < MAX_VERB_WORDS && v->words[n].name)
		n++;
	return n;
}

/* What the verb says of a wrong word; where it says nothing, what its numbers must be. */
static void reply_wrong(const struct order *o, const struct verb *v)
{
	const char *second = v->shown + 1 < o->argc ? o->argv[v->shown + 1] : "";
	char text[256];
	int used = 0;

	if (v->wrong) {
		snprintf(text, sizeof(text), v->wrong, o->argv[v->shown], second);
		reply_error(o->id, "%s: %s", v->name, text);
		return;
	}
	for (int i = 0; i < words_of(v); i++)
		if (v->words[i].least < v->words[i].most)
			used += snprintf(text + used, sizeof(text) - used, " %s (%d to %d)", v->words[i].name,
					 (int)v->words[i].least, (int)v->words[i].most);
	reply_error(o->id, "%s: needs%s", v->name, text);
}

/* False after an error reply. */
static bool take_words(struct order *o, const struct verb *v)
{
	for (int i = 0; i < words_of(v); i++) {
		const struct word *word = &v->words[i];
		enum taken taken = word->take(o, word, o->argv[i], &o->values[i]);

		if (taken == WORD_WRONG)
			reply_wrong(o, v);
		if (taken != WORD_TAKEN)
			return false;
	}
	return true;
}

static void serve(struct order *o)
{
	const struct verb *v = find_verb(o->verb);
	int n = v ? words_of(v) : 0;

	if (!v)
		reply_error(o->id, "unknown order \"%.40s\"", o->verb);
	else if (v->payload != o->has_payload)
		reply_error(o->id, "%s: %s", v->name, v->payload ? "lacks its payload (+bytes)" : "takes no payload");
	else if (v->more ? o->argc < n : o->argc != n)
		reply_error(o->id, "%s: takes %s%d words, not %d", v->name, v->more ? "at least " : "", n, o->argc);
	else if (take_words(o, v))
		v->serve(o);
}

/* Splits the line in place: o->id, o->verb, o->argv. False after an error reply. */
static bool split(struct order *o, char *text)
{
	static char rest[MAX_LINE];
	char *word, *save = NULL;
	int count = 0;

	memset(o, 0, sizeof(*o));
	rest[0] = '\0';
	o->rest = rest;
	for (word = text; *word && *word != ' '; word++)
		;
	if (word == text || word - text >= ID_MAX) {
		reply_error("?", "not an order: it must begin with an id of 1 to %d characters", ID_MAX - 1);
		return false;
	}
	/* What follows the third word, for a value that holds spaces. */
	for (char *p = word; *p; p++)
		if (*p == ' ' && ++count == 3) {
			strcpy(rest, p + 1);
			break;
		}
	o->id = strtok_r(text, " ", &save);
	o->verb = strtok_r(NULL, " ", &save);
	if (!o->verb) {
		reply_error(o->id, "not an order: it has an id and no verb");
		return false;
	}
	while ((word = strtok_r(NULL, " ", &save))) {
		if (o->argc == MAX_WORDS) {
			reply_error(o->id, "%.40s: more than %d words", o->verb, MAX_WORDS);
			return false;
		}
		o->argv[o->argc++] = word;
	}
	return true;
}

/* The bytes that the line's last word announces as "+n"; -1 without such a word. */
static long announced(const char *text)
{
	const char *last = strrchr(text, ' ');
	int64_t len;

	return last && last[1] == '+' && parse_number(last + 2, 0, 0x7fffffff, &len) ? len : -1;
}

static void take_line(void)
{
	long len = announced(line);
	bool good = split(&now, line);

	if (len < 0) {
		if (good)
			serve(&now);
		return;
	}
	/* A refused order's payload is skipped all the same, else its bytes would be read as orders. */
	payload_missing = (size_t)len;
	payload_unwanted = !good;
	payload.len = 0;
	if (!good)
		return;
	now.argc--;
	now.has_payload = true;
	if (now.argc < 0) {
		reply_error(now.id, "not an order: it has an id and no verb");
		payload_unwanted = true;
	} else if (len > (long)MAX_PAYLOAD) {
		reply_error(now.id, "%.40s: the payload of %ld bytes is larger than %u", now.verb, len, MAX_PAYLOAD);
		payload_unwanted = true;
	} else if (!len) {
		serve(&now);
	}
}

static size_t take_payload(const char *data, size_t len)
{
	size_t n = len < payload_missing ? len : payload_missing;

	if (!payload_unwanted)
		buf_add(&payload, data, n);
	payload_missing -= n;
	if (payload_missing)
		return n;
	if (payload.failed) {
		reply_error(now.id, "%.40s: out of memory for the payload", now.verb);
	} else if (!payload_unwanted) {
		now.payload = payload.data;
		now.payload_len = payload.len;
		serve(&now);
	}
	buf_free(&payload);
	return n;
}

void orders_feed(char *data, size_t len)
{
	while (len) {
		size_t n = 1;

		if (payload_missing) {
			n = take_payload(data, len);
		} else if (*data == '\n') {
			if (line_too_long) {
				reply_error("?", "not an order: the line is longer than %d bytes", MAX_LINE - 1);
			} else if (line_len) {
				line[line_len] = '\0';
				take_line();
			}
			line_len = 0;
			line_too_long = false;
		} else if (line_len == MAX_LINE - 1) {
			line_too_long = true;
		} else {
			/* A NUL would cut the line short unseen. */
			line[line_len++] = *data ? *data : '?';
		}
		data += n;
		len -= n;
	}
}

void orders_reset(void)
{
	line_len = 0;
	line_too_long = false;
	payload_missing = 0;
	buf_free(&payload);
	buf_free(&port_out);
}

void print_orders(void)
{
	for (size_t t = 0; t < N_TABLES; t++)
		for (const struct verb *v = tables[t]; v->name; v++) {
			int used = printf("  %s", v->name);

			for (int i = 0; i < words_of(v); i++)
				used += printf(" %s", v->words[i].name);
			if (v->payload)
				used += printf(" +n");
			printf("%*s  %s\n", used < HELP_COLUMN ? HELP_COLUMN - used : 0, "", v->help);
		}
}
