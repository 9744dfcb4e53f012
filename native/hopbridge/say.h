/* SPDX-License-Identifier: GPL-2.0-only */
/* What the user is told: answers, notes, and why something was refused. */
#ifndef HOPBRIDGE_SAY_H
#define HOPBRIDGE_SAY_H

#include <stddef.h>
#include <stdio.h>

/* Where JSON goes: stdout, or a reply in the making. */
extern FILE *out;
/* Ends the program: one JSON line on stdout, one for people on stderr. Nothing stays attached. */
_Noreturn void refuse(const char *port, const char *reason, const char *cure, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));
/* Something that the user should know, kept for the line that says ready. */
void note(const char *port, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* All of them so far, as the elements of a JSON array. */
void print_notes(void);
/* A cure is a command to type: DEV in it is the port. */
void fill_in(char *to, size_t size, const char *cure, const char *port);
void print_json_string(const char *text);
/* The answer to a command that cannot be done. */
void reply_error(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

#endif
