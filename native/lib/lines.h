/* SPDX-License-Identifier: GPL-2.0-only */
/* Lines and words, from stdin and from sockets. */
#ifndef HOPLAB_LINES_H
#define HOPLAB_LINES_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>

#define MAX_LINE (64 << 10)

/* What comes in by lines, and has not been taken yet. */
struct lines {
	int fd;
	const volatile sig_atomic_t *stop;	/* set by a signal: nothing is waited for any longer; NULL = go on waiting */
	size_t start, end;
	char buffer[MAX_LINE];
};

/* The next line without its end: its length; -EAGAIN: not whole yet; -EMSGSIZE: longer than size; -EILSEQ: no text. */
int take_line(struct lines *lines, char *line, size_t size);
/* Waits for more: false at EOF. */
bool read_more(struct lines *lines);
/* Cuts a line into words; their number, or -E2BIG. */
int split_words(char *line, char **words, int most);

#endif
