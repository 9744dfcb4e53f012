// SPDX-License-Identifier: GPL-2.0-only
/* The plan of a trace by tracefs; tracefs.c says what is in it. */
#include "plan.h"
#include "../stop.h"
#include "number.h"
#include "setup.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>

#define MAX_BUFFER_KB (4 << 20)
#define MAX_DRAIN_MS 60000

#define CALL(name) { #name, __NR_##name }
static const struct { const char *name; int number; } calls[] = {
	CALL(read), CALL(readv), CALL(recvfrom), CALL(recvmsg), CALL(recvmmsg), CALL(write), CALL(writev), CALL(sendto),
	CALL(sendmsg), CALL(sendmmsg), CALL(connect), CALL(accept), CALL(accept4),
};
#undef CALL
#define N_CALLS (sizeof(calls) / sizeof(calls[0]))

void print_calls(FILE *out)
{
	for (size_t i = 0; i < N_CALLS; i++)
		fprintf(out, "%s\"%s\":%d", i ? "," : "", calls[i].name, calls[i].number);
}

static int bad(const char *key)
{
	fprintf(stderr, "hoplab-hoptrace: plan: %s cannot be read\n", key);
	return -EINVAL;
}

/* Numbers in place of @names@. */
static char *expand(const char *text)
{
	char *out = malloc(strlen(text) * 2 + 16), *at = out;

	while (out && *text) {
		const char *end = *text == '@' ? strchr(text + 1, '@') : NULL;
		size_t i = 0;

		if (!end) {
			*at++ = *text++;
			continue;
		}
		while (i < N_CALLS && (strlen(calls[i].name) != (size_t)(end - text - 1) ||
				       strncmp(calls[i].name, text + 1, end - text - 1)))
			i++;
		at += sprintf(at, "%d", i < N_CALLS ? calls[i].number : -1);
		text = end + 1;
	}
	if (out)
		*at = 0;
	return out;
}

/* "TID" or "PID+", with a space between two. */
static bool are_tids(const char *list)
{
	char *copy = strdup(list), *rest = copy, *word;
	bool good = copy != NULL;

	while (good && (word = strsep(&rest, " "))) {
		size_t length = strlen(word);
		int64_t tid;

		if (length && word[length - 1] == '+')
			word[length - 1] = 0;
		good = !length || parse_number(word, 1, MAX_TID, &tid);
	}
	free(copy);
	return good;
}

static int add_stream(void *to, const struct plan_line *line)
{
	struct tracefs *trace = to;
	struct stream *stream = &trace->streams[trace->n_streams];
	char *rest = line->words[1], *name = strsep(&rest, " ");

	if (trace->n_streams == MAX_STREAMS || !*name || strchr(name, '/') || strlen(name) >= sizeof(stream->name))
		return bad("stream");
	strcpy(stream->name, name);
	if (rest && *rest) {
		stream->tids = are_tids(rest) ? strdup(rest) : NULL;
		if (!stream->tids)
			return bad("stream");
	}
	trace->n_streams++;
	return 0;
}

static int add_event(void *to, const struct plan_line *line)
{
	struct tracefs *trace = to;
	struct event *event = &trace->events[trace->n_events];
	char *rest = line->words[1], *number = strsep(&rest, " "), *name = strsep(&rest, " ");
	int64_t stream;

	if (trace->n_events == MAX_EVENTS || !name || strlen(name) >= sizeof(event->name) || strstr(name, ".."))
		return bad("event");
	if (!parse_number(number, 0, trace->n_streams - 1, &stream))
		return bad("event");
	event->stream = stream;
	strcpy(event->name, name);
	if (rest && *rest) {
		event->filter = expand(rest);
		if (!event->filter)
			return bad("event");
	}
	trace->n_events++;
	return 0;
}

static int set_extra(void *to, const struct plan_line *line)
{
	struct tracefs *trace = to;

	free(trace->extra);
	trace->extra = strdup(line->words[1]);
	return trace->extra ? 0 : bad("extra");
}

static const struct plan_key keys[] = {
	{ .name = "root", .kind = PLAN_TEXT, PLAN_FIELD(tracefs, root) },
	{ .name = "output", .kind = PLAN_TEXT, PLAN_FIELD(tracefs, output) },
	{ .name = "buffer", .kind = PLAN_NUMBER, PLAN_FIELD(tracefs, buffer_kb), .least = 1, .most = MAX_BUFFER_KB, .preset = 8192 },
	{ .name = "drain", .kind = PLAN_NUMBER, PLAN_FIELD(tracefs, drain_ms), .least = 1, .most = MAX_DRAIN_MS, .preset = 20 },
	{ .name = "stream", .take = add_stream, .fewest = 1, .most_values = 1 },
	{ .name = "event", .take = add_event, .fewest = 1, .most_values = 1 },
	{ .name = "extra", .take = set_extra, .fewest = 1, .most_values = 1 },
};

static int reject(enum plan_fault fault, const struct plan_key *key, const struct plan_line *line)
{
	(void)key;
	if (fault != PLAN_ENDED && fault != PLAN_LINE)
		return bad(line->words[0]);
	fprintf(stderr, "hoplab-hoptrace: plan: it ends before \"go\"\n");
	return -EINVAL;
}

static const struct plan_table table = {
	.keys = keys, .n_keys = sizeof(keys) / sizeof(keys[0]), .line_bytes = MAX_LINE, .whole = true, .stop = &stopping,
	.reject = reject,
};

int read_tracefs_plan(struct tracefs *trace)
{
	strcpy(trace->root, "/sys/kernel/tracing");
	strcpy(trace->output, "-");
	if (read_plan_lines(&table, 0, trace) < 0)
		return -EINVAL;
	return trace->n_streams ? 0 : bad("stream");
}
