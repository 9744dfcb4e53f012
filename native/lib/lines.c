// SPDX-License-Identifier: GPL-2.0-only
/* Takes lines: by read(), not stdio, since poll() must know what is left. */
#include "lines.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

int take_line(struct lines *lines, char *line, size_t size)
{
	char *start = lines->buffer + lines->start;
	size_t left = lines->end - lines->start, length;
	char *newline = memchr(start, '\n', left);

	if (!newline)
		return left == sizeof(lines->buffer) ? -EMSGSIZE : -EAGAIN;
	length = newline - start;
	lines->start += length + 1;
	if (length >= size)
		return -EMSGSIZE;
	memcpy(line, start, length);
	line[length] = 0;
	/* What is behind a NUL would be read by nobody. */
	return strlen(line) == length ? (int)length : -EILSEQ;
}

bool read_more(struct lines *lines)
{
	ssize_t got;

	memmove(lines->buffer, lines->buffer + lines->start, lines->end - lines->start);
	lines->end -= lines->start;
	lines->start = 0;
	do
		got = read(lines->fd, lines->buffer + lines->end, sizeof(lines->buffer) - lines->end);
	while (got < 0 && errno == EINTR && !(lines->stop && *lines->stop));
	if (got <= 0)
		return false;
	lines->end += got;
	return true;
}

int split_words(char *line, char **words, int most)
{
	char *save = NULL;
	int n = 0;

	for (char *w = strtok_r(line, " \t\r", &save); w; w = strtok_r(NULL, " \t\r", &save)) {
		if (n == most)
			return -E2BIG;
		words[n++] = w;
	}
	return n;
}
