// SPDX-License-Identifier: GPL-2.0-only
/*
 * Borrows something of a machine and gives it back whatever ends hoplab: a process of its own, outside the lab, that owes
 * undos until the end of its stdin.
 */
#include "keep.h"
#include "fail.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define MAX_WORDS 256
#define MAX_UNDOS 256
#define MAX_HELD 63 /* descriptors of commands; the keeper's own are beyond */

static char *owed[MAX_UNDOS];
static int n_owed;

/* Splits at spaces, in place; the words end with NULL. */
static int split(char *line, char **words)
{
	int n = 0;

	for (char *word = strtok(line, " "); word && n < MAX_WORDS; word = strtok(NULL, " "))
		words[n++] = word;
	words[n] = NULL;
	return n;
}

/* Runs the words of a copy of the line; stdin is hoplab's, and no command may read it. */
static bool run_line(const char *line)
{
	char *copy = strdup(line), *words[MAX_WORDS + 1];
	int status = -1;
	pid_t child;

	if (!copy || !split(copy, words)) {
		free(copy);
		return false;
	}
	child = fork();
	if (child == 0) {
		int null = open("/dev/null", O_RDONLY);

		dup2(null, STDIN_FILENO);
		dup2(STDERR_FILENO, STDOUT_FILENO);
		execvp(words[0], words);
		fprintf(stderr, "hoplab-launch: run %s: %s\n", words[0], strerror(errno));
		_exit(EXIT_NOENT);
	}
	while (child > 0 && waitpid(child, &status, 0) < 0 && errno == EINTR)
		;
	free(copy);
	return child > 0 && WIFEXITED(status) && !WEXITSTATUS(status);
}

/* In reverse; one that fails is said, and the others are tried all the same. */
static int pay(const char *journal)
{
	int failed = 0;

	while (n_owed > 0)
		if (!run_line(owed[--n_owed])) {
			fprintf(stderr, "hoplab-launch: could not undo: %s\n", owed[n_owed]);
			failed++;
		}
	unlink(journal);
	return failed ? EXIT_LAUNCH : 0;
}

static void owe(const char *line)
{
	if (n_owed == MAX_UNDOS || !(owed[n_owed] = strdup(line))) {
		errno = ENOMEM;
		die("owe more than %d undos", MAX_UNDOS);
	}
	n_owed++;
}

/* On disk before the act that it undoes. */
static bool record(int fd, const char *line)
{
	size_t len = strlen(line);

	return write(fd, line, len) == (ssize_t)len && write(fd, "\n", 1) == 1 && !fsync(fd);
}

/* "FD PATH": kept open for the commands, so that a network namespace is there until it is no longer needed. */
static bool hold_open(char *line)
{
	char *words[MAX_WORDS + 1], *end;
	long want;
	int fd;

	if (split(line, words) != 2)
		return false;
	want = strtol(words[0], &end, 10);
	if (*end || want < 3 || want > MAX_HELD)
		return false;
	fd = open(words[1], O_RDONLY);
	if (fd < 0 || (fd != want && dup2(fd, (int)want) < 0)) {
		fprintf(stderr, "hoplab-launch: open %s: %s\n", words[1], strerror(errno));
		return false;
	}
	if (fd != want)
		close(fd);
	return true;
}

static bool obey(char *line, int journal)
{
	if (!strncmp(line, "hold ", 5))
		return hold_open(line + 5);
	if (!strncmp(line, "undo ", 5)) {
		if (!record(journal, line + 5)) {
			fprintf(stderr, "hoplab-launch: write the journal: %s\n", strerror(errno));
			return false;
		}
		owe(line + 5);
		return true;
	}
	if (!strncmp(line, "do ", 3)) {
		if (run_line(line + 3))
			return true;
		fprintf(stderr, "hoplab-launch: failed: %s\n", line + 3);
		return false;
	}
	if (!strcmp(line, "ready")) {
		puts("ready");
		fflush(stdout);
		return true;
	}
	fprintf(stderr, "hoplab-launch: not an order: %.100s\n", line);
	return false;
}

/* Whoever ends hoplab ends its session too: only the end of stdin counts. */
static void ignore_signals(void)
{
	static const int all[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGPIPE };

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		signal(all[i], SIG_IGN);
}

int keep(const char *journal)
{
	int made = open(journal, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	int fd = made < 0 ? -1 : fcntl(made, F_DUPFD_CLOEXEC, MAX_HELD + 1), code;
	char *line = NULL;
	size_t room = 0;
	bool obeyed = true;
	ssize_t len;

	if (fd < 0)
		die("make the journal %s", journal);
	close(made);
	ignore_signals();
	while (obeyed && (len = getline(&line, &room, stdin)) > 0) {
		line[strcspn(line, "\n")] = '\0';
		obeyed = obey(line, fd);
	}
	code = pay(journal);
	free(line);
	return obeyed ? code : EXIT_LAUNCH;
}

int take_back(const char *journal)
{
	FILE *in = fopen(journal, "re");
	char *line = NULL;
	size_t room = 0;

	if (!in)
		die("read the journal %s", journal);
	ignore_signals();
	while (getline(&line, &room, in) > 0) {
		/* The last one may be cut short by the death that the journal is there for: its act never was. */
		if (!strchr(line, '\n'))
			break;
		line[strcspn(line, "\n")] = '\0';
		owe(line);
	}
	free(line);
	fclose(in);
	return pay(journal);
}
