/* SPDX-License-Identifier: GPL-2.0-only */
/* A line "port DEV [OPTION]..." of the plan. */
#ifndef HOPBRIDGE_PORT_OPTIONS_H
#define HOPBRIDGE_PORT_OPTIONS_H

#include "setup.h"

/* Ends the program on what it does not understand. */
void add_port(struct plan *plan, char **words, int n);
void print_port_options(void);
_Noreturn void bad_word(const char *port, const char *what, const char *value);
bool parse_mac(const char *text, uint8_t *mac);
const char *mode_name(enum mode mode);

#endif
