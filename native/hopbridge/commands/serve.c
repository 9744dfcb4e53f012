// SPDX-License-Identifier: GPL-2.0-only
/* Answers commands, a line each with one JSON line: from stdin, and from clients of a unix socket. */
#include "serve.h"
#include "../pin/down.h"
#include "../say.h"
#include "fdb.h"
#include "frames.h"
#include "show.h"
#include "socket.h"
#include "stats.h"
#include "text.h"
#include "try.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define MAX_WORDS 8
#define MAX_NAMES 256

static char line[MAX_LINE];
static volatile sig_atomic_t stopped;
static sigset_t waiting; /* the mask while waiting */

static void serve_down(struct bridge *bridge)
{
	char text[512];

	stopped = !bridge->object;
	if (bridge->object)
		reply_error("this bridge is not pinned: it ends with its process (stop)");
	else if (take_down(bridge->plan->pin, text, sizeof(text)))
		reply_error("%s", text);
	else
		fputs("{\"down\":true}\n", out);
}

static void serve_stop(struct bridge *bridge)
{
	(void)bridge;
	stopped = 1;
	fputs("{\"stopping\":true}\n", out);
}

static const struct command {
	const char *name;
	void (*run)(struct bridge *bridge);	/* alone in its line; NULL = it reads what follows its name */
	void (*run_words)(struct bridge *bridge, char **words, int n);
	bool for_tests;				/* not among those that are named */
} commands[] = {
	{ "show", serve_show, NULL, false },
	{ "stats", serve_stats, NULL, false },
	{ "fdb", NULL, serve_fdb, false },
	{ "frames", serve_frames, NULL, false },
	{ "programs", serve_programs, NULL, false },
	{ "stop", serve_stop, NULL, false },
	{ "down", serve_down, NULL, false },
	{ "try", NULL, serve_try, true },
};
#define N_COMMANDS (sizeof(commands) / sizeof(commands[0]))

static void reply_unknown(const char *word)
{
	char bytes[MAX_NAMES];
	struct text names = { .at = bytes, .size = sizeof(bytes) };

	for (size_t i = 0; i < N_COMMANDS; i++)
		if (!commands[i].for_tests)
			put(&names, "%s%s", i ? ", " : "", commands[i].name);
	reply_error("%s: not one of %s", word, bytes);
}

static void answer(struct bridge *bridge)
{
	char *words[MAX_WORDS];
	int n = split_words(line, words, MAX_WORDS);

	if (!n)
		return;
	for (size_t i = 0; n > 0 && i < N_COMMANDS; i++) {
		const struct command *command = &commands[i];

		if (strcmp(words[0], command->name) || (command->run && n > 1))
			continue;
		if (command->run)
			command->run(bridge);
		else
			command->run_words(bridge, words, n);
		return;
	}
	reply_unknown(n > 0 ? words[0] : "too many words");
}

static bool send_all(int fd, const char *bytes, size_t n)
{
	while (n) {
		ssize_t sent = send(fd, bytes, n, MSG_NOSIGNAL);

		if (sent < 0 && errno == EINTR && !stopped)
			continue;
		if (sent <= 0)
			return false;
		bytes += sent;
		n -= sent;
	}
	return true;
}

/* What clients are told is composed whole: one that does not read must not leave another half a line. */
static bool answer_client(struct bridge *bridge, int fd)
{
	char *reply = NULL;
	size_t bytes = 0;
	bool sent;

	out = open_memstream(&reply, &bytes);
	if (!out) {
		out = stdout;
		return false;
	}
	answer(bridge);
	fclose(out);
	out = stdout;
	sent = send_all(fd, reply, bytes);
	free(reply);
	return sent;
}

/* Answers the whole lines that are there; false for a client that will not be served any longer. */
static bool answer_lines(struct bridge *bridge, struct lines *from)
{
	bool owner = from->fd == STDIN_FILENO;
	int length;

	while (!stopped && (length = take_line(from, line, sizeof(line))) != -EAGAIN) {
		if (!owner && (length < 0 || !answer_client(bridge, from->fd)))
			return false;
		/* The owner's mistake must not end the bridge. */
		if (owner && length < 0) {
			if (length == -EMSGSIZE)
				from->start = from->end;
			reply_error("a line is no text, or longer than %d bytes", MAX_LINE);
		} else if (owner) {
			answer(bridge);
		}
		fflush(stdout);
	}
	return true;
}

static void on_signal(int signal)
{
	(void)signal;
	stopped = 1;
}

/* Signals are let in while waiting only: one between the test and the wait would be missed. */
void catch_signals(void)
{
	struct sigaction action = { .sa_handler = on_signal };
	sigset_t ours;

	signal(SIGPIPE, SIG_IGN);
	sigemptyset(&ours);
	sigaddset(&ours, SIGTERM);
	sigaddset(&ours, SIGINT);
	sigprocmask(SIG_BLOCK, &ours, &waiting);
	sigdelset(&waiting, SIGTERM);
	sigdelset(&waiting, SIGINT);
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGINT, &action, NULL);
}

void serve(struct bridge *bridge, struct lines *in)
{
	struct pollfd polls[2 + MAX_CLIENTS];

	/* Commands may have come in behind the plan. */
	if (!answer_lines(bridge, in))
		in->fd = -1;
	while (!stopped && (in->fd >= 0 || bridge->plan->detached)) {
		polls[0] = (struct pollfd){ .fd = in->fd, .events = POLLIN };
		int n = 1 + poll_clients(polls + 1);

		if (ppoll(polls, n, NULL, &waiting) < 0)
			continue;
		if (polls[0].revents && (!read_more(in) || !answer_lines(bridge, in)))
			in->fd = -1;
		for (int i = 1; i < n && !stopped; i++) {
			struct lines *client = polls[i].revents ? client_of(polls[i].fd) : NULL;

			if (client && (!read_more(client) || !answer_lines(bridge, client)))
				close_client(client);
		}
	}
	close_socket();
}
