// SPDX-License-Identifier: GPL-2.0-only
/* Reads orders from the port's bytes, hands them to their verbs, and queues the replies. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent.h"

#define MAX_LINE 4096

struct buf port_out;

static char line[MAX_LINE];
static size_t line_len;
static bool line_too_long;
static struct order now;          /* the order whose payload is being read */
static struct buf payload;
static size_t payload_missing;    /* bytes still to come */
static bool payload_unwanted;     /* the order was refused: skip its payload */

void reply_ok(const char *id, const void *data, size_t len)
{
	buf_printf(&port_out, "%s ok %zu\n", id, len);
	buf_add(&port_out, data, len);
}

void reply_text(const char *id, const char *text)
{
	reply_ok(id, text, strlen(text));
}

/* Replies with the content and frees it; an error where memory ran out while it was made. */
void reply_buf(const char *id, struct buf *b)
{
	if (b->failed)
		reply_error(id, "out of memory");
	else
		reply_ok(id, b->data, b->len);
	buf_free(b);
}

void reply_error(const char *id, const char *fmt, ...)
{
	char text[512];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	buf_printf(&port_out, "%s error %zu\n%s", id, strlen(text), text);
}

static const struct verb *find_verb(const char *name)
{
	static const struct verb *const tables[] = { net_verbs, child_verbs, file_verbs, shell_verbs };

	for (size_t t = 0; t < ARRAY_SIZE(tables); t++)
		for (const struct verb *v = tables[t]; v->name; v++)
			if (!strcmp(v->name, name))
				return v;
	return NULL;
}

static void serve(const struct order *o)
{
	const struct verb *v = find_verb(o->verb);

	if (!v)
		reply_error(o->id, "unknown order \"%.40s\"", o->verb);
	else if (v->payload != o->has_payload)
		reply_error(o->id, "%s: %s", v->name, v->payload ? "lacks its payload (+bytes)" : "takes no payload");
	else if (v->argc < 0 ? o->argc < 2 : o->argc != v->argc)
		reply_error(o->id, "%s: takes %s%d words, not %d", v->name, v->argc < 0 ? "at least " : "",
			    v->argc < 0 ? 2 : v->argc, o->argc);
	else
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

/* Takes bytes as they come from the port, in pieces of any size. */
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

/* Forgets what was half read, and replies that nobody will take. */
void orders_reset(void)
{
	line_len = 0;
	line_too_long = false;
	payload_missing = 0;
	buf_free(&payload);
	buf_free(&port_out);
}
