// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tracing where BPF is not to be had: tracepoints in instances of tracefs of its own. Pages of the kernel's buffers are
 * kept as they come; whoever reads the file decodes them by the formats in its header. The plan, a line each:
 *
 *	root PATH			where tracefs is mounted
 *	stream NAME [TID ...]		an instance of that name; with tids it has events of these tasks and their children alone;
 *					PID+ is all threads of that process
 *	event STREAM SYSTEM/NAME FILTER	FILTER may be empty; @sendto@ in it is the number of that system call
 *	buffer KB, drain MS, output PATH or "-", extra JSON (goes into the header as it is), go
 *
 * A block of pages is: u32 stream, u32 CPU, then pages, each cut behind its last event to a multiple of 8. After a look
 * into all buffers comes a round: u64, a time before which everything has been read.
 */
#include "instance.h"
#include "loader.h"

#include <dirent.h>
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

#define MAX_STREAMS 4
#define MAX_EVENTS 64
#define MAX_LINE 65536
#define MAX_PAGE 65536
#define BLOCK_BYTES (256 << 10)
/* Of a page's commit word: events were lost before it; how many stands behind its last event (kernel/trace/ring_buffer.c). */
#define MISSED_EVENTS (1U << 31)
#define MISSED_STORED (1U << 30)
#define PAGE_HEAD 16
/* An event may be stamped and not yet be committed by the time we look. */
#define MARGIN_NS 2000000ULL

struct event { int stream, id; char name[80], *filter, *format, why[MAX_SAID + 80]; };

static struct instance streams[MAX_STREAMS];
static struct event events[MAX_EVENTS];
static int n_streams, n_events;
static char root[200] = "/sys/kernel/tracing", *pids[MAX_STREAMS], names[MAX_STREAMS][80], *extra, output[MAX_PATH] = "-";
static unsigned long buffer_kb = 8192, drain_ms = 20, page_bytes = 4096;

#define CALL(name) { #name, __NR_##name }
static const struct { const char *name; int number; } calls[] = {
	CALL(read), CALL(readv), CALL(recvfrom), CALL(recvmsg), CALL(recvmmsg), CALL(write), CALL(writev), CALL(sendto),
	CALL(sendmsg), CALL(sendmmsg), CALL(connect), CALL(accept), CALL(accept4),
};
#undef CALL
#define N_CALLS (sizeof(calls) / sizeof(calls[0]))

static int complain(const char *what, int err)
{
	fprintf(stderr, "hoplab-hoptrace: %s: %s\n", what, strerror(abs(err)));
	return 1;
}

/* Byte by byte: behind "go" stdin is only watched for its end. */
static int next_line(char *line)
{
	size_t used = 0;

	for (;;) {
		ssize_t got = read(STDIN_FILENO, line + used, 1);

		if (got < 0 && errno == EINTR && !stopping)
			continue;
		if (got <= 0 || used + 2 == MAX_LINE)
			return -1;
		if (line[used] == '\n')
			break;
		used++;
	}
	line[used] = 0;
	return 0;
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

static int add_stream(char *rest)
{
	char *name = strsep(&rest, " ");

	if (n_streams == MAX_STREAMS || strchr(name, '/') || strlen(name) >= sizeof(names[0]))
		return -EINVAL;
	strcpy(names[n_streams], name);
	pids[n_streams++] = rest && *rest ? strdup(rest) : NULL;
	return 0;
}

static int add_event(char *rest)
{
	struct event *event = &events[n_events];
	char *stream = strsep(&rest, " "), *name = strsep(&rest, " ");

	if (n_events == MAX_EVENTS || !name || strlen(name) >= sizeof(event->name) || strstr(name, ".."))
		return -EINVAL;
	event->stream = atoi(stream);
	if (event->stream < 0 || event->stream >= n_streams)
		return -EINVAL;
	strcpy(event->name, name);
	event->filter = rest && *rest ? expand(rest) : NULL;
	n_events++;
	return 0;
}

static int read_orders(void)
{
	static char line[MAX_LINE];

	while (!next_line(line)) {
		char *rest = line, *key = strsep(&rest, " ");
		int err = 0;

		if (!strcmp(key, "go"))
			return n_streams ? 0 : -EINVAL;
		if (!rest)
			err = -EINVAL;
		else if (!strcmp(key, "root"))
			snprintf(root, sizeof(root), "%s", rest);
		else if (!strcmp(key, "stream"))
			err = add_stream(rest);
		else if (!strcmp(key, "event"))
			err = add_event(rest);
		else if (!strcmp(key, "buffer"))
			buffer_kb = strtoul(rest, NULL, 10);
		else if (!strcmp(key, "drain"))
			drain_ms = strtoul(rest, NULL, 10);
		else if (!strcmp(key, "output"))
			snprintf(output, sizeof(output), "%s", rest);
		else if (!strcmp(key, "extra"))
			extra = strdup(rest);
		else
			err = -EINVAL;
		if (err || !buffer_kb || !drain_ms) {
			fprintf(stderr, "hoplab-hoptrace: plan: %s cannot be read\n", key);
			return -EINVAL;
		}
	}
	fprintf(stderr, "hoplab-hoptrace: plan: it ends before \"go\"\n");
	return -EINVAL;
}

static void enable(struct event *event)
{
	struct instance *instance = &streams[event->stream];
	char file[200], said[MAX_SAID] = "", *format = malloc(MAX_LINE), path[700];
	int err = format ? 0 : -ENOMEM;

	snprintf(path, sizeof(path), "%s/events/%s/format", instance->path, event->name);
	if (!err)
		err = read_small(path, format, MAX_LINE);
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

/* Threads that there are of "PID+": said in the header, since nobody else need know them. */
static struct { int pid, tids[64], n; } processes[16];
static int n_processes;

static void add_threads(FILE *out, int pid)
{
	char path[64];
	struct dirent *entry;
	DIR *tasks;
	bool known = n_processes < (int)(sizeof(processes) / sizeof(processes[0]));
	int i = n_processes;

	/* Of another pid namespace than that of /proc it is itself alone. */
	fprintf(out, "%d ", pid);
	snprintf(path, sizeof(path), "/proc/%d/task", pid);
	tasks = opendir(path);
	if (known)
		processes[n_processes++].pid = pid;
	while (tasks && (entry = readdir(tasks))) {
		int tid = atoi(entry->d_name);

		if (tid <= 0)
			continue;
		fprintf(out, tid == pid ? "" : "%d ", tid);
		if (known && processes[i].n < 64)
			processes[i].tids[processes[i].n++] = tid;
	}
	if (tasks)
		closedir(tasks);
}

static char *expand_tids(char *words)
{
	char *text = NULL, *word;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	while (out && (word = strsep(&words, " "))) {
		if (*word && word[strlen(word) - 1] == '+')
			add_threads(out, atoi(word));
		else
			fprintf(out, "%s ", word);
	}
	return out && !fclose(out) ? text : NULL;
}

static int open_streams(char *why, size_t size)
{
	char path[300];
	int err = 0;

	for (int i = 0; i < n_streams; i++) {
		snprintf(path, sizeof(path), "%.199s/instances/%.79s", root, names[i]);
		err = make_instance(&streams[i], path, buffer_kb);
		if (!err && pids[i]) {
			err = set_instance(&streams[i], "options/event-fork", "1");
			if (!err)
				err = set_instance(&streams[i], "set_event_pid", expand_tids(pids[i]) ?: "");
		}
		if (!err)
			err = open_pipes(&streams[i]);
		if (err) {
			snprintf(why, size, "make %s: %s", path, strerror(-err));
			return err;
		}
	}
	for (int i = 0; i < n_events; i++)
		enable(&events[i]);
	return 0;
}

static void close_streams(void)
{
	for (int i = 0; i < n_streams; i++)
		remove_instance(&streams[i]);
}

static void switch_streams(const char *on)
{
	for (int i = 0; i < n_streams; i++)
		set_instance(&streams[i], "tracing_on", on);
}

/* `whole`: with the layouts, which a file must have and the line "ready" has no room for. */
static char *describe(bool whole)
{
	char path[300], *text = NULL, *page = malloc(MAX_LINE);
	const char *between = "";
	struct utsname machine;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	if (!out || !page)
		return NULL;
	uname(&machine);
	snprintf(path, sizeof(path), "%s/events/header_page", root);
	read_small(path, page, MAX_LINE);
	fprintf(out, "{\"version\":%d,\"mechanism\":\"tracefs\",\"clock\":\"monotonic\",\"startNs\":%llu,\"kernel\":",
		TRACE_VERSION, now_ns());
	put_string(out, machine.release);
	fprintf(out, ",\"machine\":");
	put_string(out, machine.machine);
	put_tsc(out);
	fprintf(out, ",\"cpus\":%d,\"bufferBytes\":%lu,\"pageBytes\":%lu,\"headerPage\":", streams[0].n_cpus, buffer_kb << 10, page_bytes);
	put_string(out, whole ? page : "");
	fprintf(out, ",\"calls\":{");
	for (size_t i = 0; i < N_CALLS && whole; i++)
		fprintf(out, "%s\"%s\":%d", i ? "," : "", calls[i].name, calls[i].number);
	fprintf(out, "},\"events\":[");
	for (int i = 0; i < n_events; i++) {
		if (!events[i].format)
			continue;
		fprintf(out, "%s{\"stream\":%d,\"name\":\"%s\",\"format\":", between, events[i].stream, events[i].name);
		put_string(out, whole ? events[i].format : "");
		fputc('}', out);
		between = ",";
	}
	fprintf(out, "],\"refusedEvents\":[");
	between = "";
	for (int i = 0; i < n_events; i++) {
		if (events[i].format)
			continue;
		fprintf(out, "%s{\"name\":\"%s\",\"why\":", between, events[i].name);
		put_string(out, events[i].why);
		fputc('}', out);
		between = ",";
	}
	fprintf(out, "],\"threads\":[");
	for (int i = 0; i < n_processes; i++) {
		fprintf(out, "%s{\"pid\":%d,\"tids\":[", i ? "," : "", processes[i].pid);
		for (int j = 0; j < processes[i].n; j++)
			fprintf(out, "%s%d", j ? "," : "", processes[i].tids[j]);
		fprintf(out, "]}");
	}
	fprintf(out, "],\"extra\":%s}", extra ? extra : "{}");
	free(page);
	return fclose(out) ? NULL : text;
}

struct gathered { __u32 stream, cpu; unsigned char bytes[BLOCK_BYTES]; };
static struct gathered gathered;
static size_t n_gathered;
static __u64 written_pages;

static void flush_pages(struct file *file)
{
	if (n_gathered)
		put_block(file, BLOCK_PAGES, &gathered, offsetof(struct gathered, bytes) + n_gathered);
	n_gathered = 0;
}

/* One page as the kernel gives it, without its empty end. */
static void keep_page(struct file *file, const unsigned char *page, ssize_t got)
{
	unsigned long commit = *(const unsigned long *)(page + 8);
	size_t used = commit & ~(unsigned long)(MISSED_EVENTS | MISSED_STORED) & 0xffffffff;

	if (commit & MISSED_STORED)
		used += 8;
	used = (PAGE_HEAD + used + 7) & ~(size_t)7;
	if (used > (size_t)got)
		used = got;
	if (n_gathered + used > BLOCK_BYTES)
		flush_pages(file);
	memcpy(gathered.bytes + n_gathered, page, used);
	n_gathered += used;
	written_pages++;
}

static int drain_pipe(struct file *file, int stream, int cpu)
{
	static _Alignas(8) unsigned char page[MAX_PAGE];
	int fd = streams[stream].pipes[cpu];
	ssize_t got = 0;

	gathered.stream = stream;
	gathered.cpu = cpu;
	while (fd >= 0 && !file->err && (got = read(fd, page, page_bytes)) > 0)
		keep_page(file, page, got);
	flush_pages(file);
	return got < 0 && errno != EAGAIN && errno != EINTR ? -errno : 0;
}

static int drain_all(struct file *file, __u64 until)
{
	int err = 0;

	for (int stream = 0; stream < n_streams && !err; stream++)
		for (int cpu = 0; cpu < streams[stream].n_cpus && !err; cpu++)
			err = drain_pipe(file, stream, cpu);
	put_block(file, BLOCK_ROUND, &until, sizeof(until));
	return err;
}

static int record_until_end(struct file *file, enum end *end)
{
	struct pollfd input = { .fd = STDIN_FILENO, .events = POLLIN };
	char ignored[256];

	for (;;) {
		int ready = poll(&input, 1, drain_ms), err;

		if (ready < 0 && errno != EINTR)
			return -errno;
		*end = stopping ? END_SIGNAL : END_INPUT;
		if (stopping || (ready > 0 && read(STDIN_FILENO, ignored, sizeof(ignored)) <= 0))
			return 0;
		err = drain_all(file, now_ns() - MARGIN_NS);
		if (err || file->err)
			return err;
	}
}

static char *conclude(__u64 start_ns, enum end end)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		return NULL;
	fprintf(out, "{\"end\":\"%s\",\"startNs\":%llu,\"endNs\":%llu,\"pages\":%llu,\"lost\":[", end == END_INPUT ? "input" : "signal",
		start_ns, now_ns(), written_pages);
	for (int cpu = 0; cpu < streams[0].n_cpus; cpu++) {
		unsigned long long lost = 0;

		for (int i = 0; i < n_streams; i++)
			lost += lost_on_cpu(&streams[i], cpu);
		fprintf(out, "%s%llu", cpu ? "," : "", lost);
	}
	fputc(']', out);
	put_tsc(out);
	fputc('}', out);
	return fclose(out) ? NULL : text;
}

static int record_pages(const char *header)
{
	static struct file file = { .mechanism = MECHANISM_TRACEFS };
	static struct plan where;
	bool to_stdout = !strcmp(output, "-");
	enum end end = END_INPUT;
	__u64 start;
	char *trailer, *said = describe(false);
	int err;

	if (!said)
		return complain("memory", ENOMEM);
	strcpy(where.output, output);
	err = to_stdout ? 0 : open_file(&file, &where, header);
	if (err)
		return complain(output, err);
	switch_streams("1");
	printf("ready %s\n", said);
	fflush(stdout);
	if (to_stdout && (err = open_file(&file, &where, header)))
		return complain("write", err);
	start = now_ns();
	err = record_until_end(&file, &end);
	switch_streams("0");
	if (!err)
		err = drain_all(&file, ~0ULL);
	if (err)
		complain("read the pages", err);
	trailer = conclude(start, end);
	if (file.err)
		return complain(output, file.err);
	if (err || !trailer)
		return 1;
	err = end_file(&file, trailer);
	return err ? complain(output, err) : 0;
}

int trace_by_tracefs(void)
{
	char why[500] = "", text[32], path[300];
	char *header;
	int status = 1;

	if (read_orders())
		return 2;
	if (open_streams(why, sizeof(why))) {
		fprintf(stderr, "hoplab-hoptrace: %s\n", why);
		goto out;
	}
	/* Since Linux 6.8 a page of a buffer may be larger than one of memory. */
	snprintf(path, sizeof(path), "%.270s/buffer_subbuf_size_kb", streams[0].path);
	if (!read_small(path, text, sizeof(text)) && atoi(text) > 0)
		page_bytes = atoi(text) * 1024UL;
	if (page_bytes > MAX_PAGE)
		page_bytes = MAX_PAGE;
	header = describe(true);
	status = header ? record_pages(header) : complain("memory", ENOMEM);
out:
	close_streams();
	return status;
}
