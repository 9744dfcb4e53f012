// SPDX-License-Identifier: GPL-2.0-only
/* The streams of a trace by tracefs: an instance each, with its tasks and tracepoints. */
#include "streams.h"
#include "number.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

static void enable(struct tracefs *trace, struct event *event)
{
	struct instance *instance = &trace->streams[event->stream].instance;
	char file[200], said[MAX_SAID] = "", *format = malloc(MAX_FORMAT), path[700];
	int err = format ? 0 : -ENOMEM;

	snprintf(path, sizeof(path), "%s/events/%s/format", instance->path, event->name);
	if (!err)
		err = read_small(path, format, MAX_FORMAT);
	if (err == -ENOENT) {
		snprintf(event->why, sizeof(event->why), "this kernel has no such tracepoint");
		return;
	}
	snprintf(file, sizeof(file), "events/%s/filter", event->name);
	if (!err && event->filter) {
		err = set_instance(instance, file, event->filter);
		if (err)
			last_error(instance, said, sizeof(said));
	}
	snprintf(file, sizeof(file), "events/%s/enable", event->name);
	if (!err)
		err = set_instance(instance, file, "1");
	if (err)
		snprintf(event->why, sizeof(event->why), "%s%s%s", strerror(-err), *said ? ": " : "", said);
	else
		event->format = format;
}

static void add_threads(struct tracefs *trace, FILE *out, int pid)
{
	struct process *process = trace->n_processes < MAX_PROCESSES ? &trace->processes[trace->n_processes++] : NULL;
	char path[64];
	struct dirent *entry;
	DIR *tasks;

	/* Of another pid namespace than that of /proc it is itself alone. */
	fprintf(out, "%d ", pid);
	snprintf(path, sizeof(path), "/proc/%d/task", pid);
	tasks = opendir(path);
	if (process)
		process->pid = pid;
	while (tasks && (entry = readdir(tasks))) {
		int64_t tid;

		if (!parse_number(entry->d_name, 1, MAX_TID, &tid))
			continue;
		if (tid != pid)
			fprintf(out, "%d ", (int)tid);
		if (process && process->n < MAX_THREADS)
			process->tids[process->n++] = tid;
	}
	if (tasks)
		closedir(tasks);
}

/* With all threads in place of "PID+"; NULL: no memory. */
static char *expand_tids(struct tracefs *trace, char *words)
{
	char *text = NULL, *word;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	while (out && (word = strsep(&words, " "))) {
		char *plus = strchr(word, '+');
		int64_t pid;

		if (plus)
			*plus = 0;
		/* That they are numbers is known from the plan. */
		if (plus && parse_number(word, 1, MAX_TID, &pid))
			add_threads(trace, out, pid);
		else
			fprintf(out, "%s ", word);
	}
	return out && !fclose(out) ? text : NULL;
}

static int set_tids(struct tracefs *trace, struct stream *stream)
{
	char *tids = expand_tids(trace, stream->tids);
	int err = tids ? set_instance(&stream->instance, "options/event-fork", "1") : -ENOMEM;

	if (!err)
		err = set_instance(&stream->instance, "set_event_pid", tids);
	free(tids);
	return err;
}

/* Since Linux 6.8 a page of a buffer may be larger than one of memory. */
static size_t read_page_bytes(const struct instance *instance)
{
	char path[400], text[32];
	int64_t kb;

	snprintf(path, sizeof(path), "%s/buffer_subbuf_size_kb", instance->path);
	if (read_small(path, text, sizeof(text)))
		return 4096;
	text[strcspn(text, "\n")] = 0;
	if (!parse_number(text, 1, INT32_MAX, &kb))
		return 4096;
	return kb < MAX_PAGE / 1024 ? kb * 1024 : MAX_PAGE;
}

int open_streams(struct tracefs *trace, char *why, size_t size)
{
	for (int i = 0; i < trace->n_streams; i++) {
		struct stream *stream = &trace->streams[i];
		char path[300];
		int err;

		snprintf(path, sizeof(path), "%.199s/instances/%.79s", trace->root, stream->name);
		err = make_instance(&stream->instance, path, trace->buffer_kb);
		if (!err && stream->tids)
			err = set_tids(trace, stream);
		if (!err)
			err = open_pipes(&stream->instance);
		if (err) {
			snprintf(why, size, "make %s: %s", path, strerror(-err));
			return err;
		}
	}
	for (int i = 0; i < trace->n_events; i++)
		enable(trace, &trace->events[i]);
	trace->page_bytes = read_page_bytes(&trace->streams[0].instance);
	return 0;
}

void close_streams(struct tracefs *trace)
{
	for (int i = 0; i < trace->n_streams; i++)
		remove_instance(&trace->streams[i].instance);
}

void switch_streams(const struct tracefs *trace, const char *on)
{
	for (int i = 0; i < trace->n_streams; i++)
		set_instance(&trace->streams[i].instance, "tracing_on", on);
}
