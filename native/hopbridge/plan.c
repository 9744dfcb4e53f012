// SPDX-License-Identifier: GPL-2.0-only
/* Reads the plan from stdin: a line a setting or port, up to "go". */
#include "loader.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MAX_LINE 8192
#define MAX_WORDS 16
#define MAX_VLAN 4094

/* read(), not stdio: what follows the plan is read again, line by line, by the commands. */
int read_line(char *line, size_t size)
{
	static char buffer[MAX_LINE];
	static size_t start, end;
	size_t used = 0;

	for (;;) {
		while (start < end) {
			char c = buffer[start++];

			if (c == '\n') {
				line[used] = 0;
				return used;
			}
			if (used + 1 < size)
				line[used++] = c;
		}
		ssize_t got = read(STDIN_FILENO, buffer, sizeof(buffer));

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return -1;
		start = 0;
		end = got;
	}
}

int split_words(char *line, char **words, int most)
{
	char *save = NULL;
	int n = 0;

	for (char *w = strtok_r(line, " \t\r", &save); w && n < most; w = strtok_r(NULL, " \t\r", &save))
		words[n++] = w;
	return n;
}

bool parse_number(const char *text, uint64_t least, uint64_t most, uint64_t *value)
{
	char *end;

	errno = 0;
	*value = strtoull(text, &end, 10);
	return !errno && end != text && !*end && text[0] != '-' && *value >= least && *value <= most;
}

bool parse_mac(const char *text, uint8_t *mac)
{
	static const char digits[] = "0123456789abcdefABCDEF:";
	unsigned int b[MAC_BYTES];
	int used = 0;

	if (strlen(text) != 17 || strspn(text, digits) != 17)
		return false;
	if (sscanf(text, "%2x:%2x:%2x:%2x:%2x:%2x%n", &b[0], &b[1], &b[2], &b[3], &b[4], &b[5], &used) != 6 || used != 17)
		return false;
	for (int i = 0; i < MAC_BYTES; i++)
		mac[i] = b[i];
	return true;
}

static void bad(const char *port, const char *what, const char *value)
{
	refuse(port, "plan", "hoplab-bridge --help lists the keys", "%s %s: not understood or out of range", what, value);
}

static void add_vlan(struct plan_port *port, uint64_t vlan)
{
	port->vlans[vlan >> 6] |= 1ULL << (vlan & 63);
}

/* "10,20-29": numbers and ranges. */
static void add_vlans(struct plan_port *port, char *list)
{
	char *save = NULL;

	for (char *item = strtok_r(list, ",", &save); item; item = strtok_r(NULL, ",", &save)) {
		char *dash = strchr(item, '-');
		uint64_t low, high;

		if (dash)
			*dash = 0;
		if (!parse_number(item, 1, MAX_VLAN, &low) || !parse_number(dash ? dash + 1 : item, low, MAX_VLAN, &high))
			bad(port->name, "vlan", item);
		for (uint64_t vlan = low; vlan <= high; vlan++)
			add_vlan(port, vlan);
	}
}

/* any | access:V | trunk:LIST[:native:V] */
static void set_vlan(struct plan_port *port, char *value)
{
	char *save = NULL, *kind = strtok_r(value, ":", &save), *list = strtok_r(NULL, ":", &save);
	char *word = strtok_r(NULL, ":", &save), *native = strtok_r(NULL, ":", &save);
	uint64_t vlan;

	memset(port->vlans, 0, sizeof(port->vlans));
	port->pvid = 0;
	port->untagged = port->tagged = true;
	port->named_vlans = true;
	if (kind && !strcmp(kind, "any") && !list) {
		port->named_vlans = false;
		for (vlan = 0; vlan <= MAX_VLAN; vlan++)
			add_vlan(port, vlan);
	} else if (kind && !strcmp(kind, "access") && list && !word && parse_number(list, 1, MAX_VLAN, &vlan)) {
		port->tagged = false;
		port->pvid = vlan;
		add_vlan(port, vlan);
	} else if (kind && !strcmp(kind, "trunk") && list) {
		port->untagged = word != NULL;
		if (word && (strcmp(word, "native") || !native || !parse_number(native, 1, MAX_VLAN, &vlan)))
			bad(port->name, "vlan trunk:...:native", native ? native : word);
		add_vlans(port, list);
		if (word) {
			port->pvid = vlan;
			add_vlan(port, vlan);
		}
	} else {
		bad(port->name, "vlan", kind ? kind : "");
	}
}

static void set_macs(struct plan_port *port, char *list)
{
	char *save = NULL;

	for (char *item = strtok_r(list, ",", &save); item; item = strtok_r(NULL, ",", &save)) {
		if (port->n_macs == MAX_PORT_MACS || !parse_mac(item, port->macs[port->n_macs]))
			bad(port->name, "allow", item);
		port->n_macs++;
	}
	if (!port->n_macs)
		bad(port->name, "allow", "(empty)");
}

static void add_port(struct plan *plan, char **words, int n)
{
	static char any[] = "any";
	char copy[sizeof(any)];
	struct plan_port *port = &plan->ports[plan->n_ports];
	uint64_t value;

	if (n < 2 || strlen(words[1]) >= IFNAMSIZ)
		bad(NULL, "port", n < 2 ? "" : words[1]);
	if (plan->n_ports == MAX_PORTS)
		refuse(words[1], "plan", "use fewer ports", "more than %d ports", MAX_PORTS);
	for (int i = 0; i < plan->n_ports; i++)
		if (!strcmp(plan->ports[i].name, words[1]))
			refuse(words[1], "plan", "name it once", "named twice");
	strcpy(port->name, words[1]);
	port->complete = true;
	set_vlan(port, strcpy(copy, any));
	for (int i = 2; i < n; i++) {
		char *equals = strchr(words[i], '='), *text = equals ? equals + 1 : words[i];

		if (equals)
			*equals = 0;
		if (!strcmp(words[i], "force") && !equals)
			port->force = true;
		else if (!equals)
			bad(port->name, "option", words[i]);
		else if (!strcmp(words[i], "vlan"))
			set_vlan(port, text);
		else if (!strcmp(words[i], "allow"))
			set_macs(port, text);
		else if (!strcmp(words[i], "mode") && !strcmp(text, "auto"))
			port->mode = MODE_AUTO;
		else if (!strcmp(words[i], "mode") && !strcmp(text, "native"))
			port->mode = MODE_NATIVE;
		else if (!strcmp(words[i], "mode") && !strcmp(text, "tc"))
			port->mode = MODE_TC;
		else if (!strcmp(words[i], "complete") && (!strcmp(text, "on") || !strcmp(text, "off")))
			port->complete = !strcmp(text, "on");
		else if (!strcmp(words[i], "storm") && parse_number(text, 1, 1000000000, &value))
			port->storm = value;
		else if (!strcmp(words[i], "peer-netns") && strlen(text) < MAX_PATH)
			strcpy(port->peer_netns, text);
		else
			bad(port->name, words[i], text);
	}
	plan->n_ports++;
}

void print_plan_keys(void)
{
	puts("  fdb-size N            learned addresses; default 4096\n"
	     "  ageing-ms N           an address not seen for so long is unknown; 0 = never; default 300000\n"
	     "  link-local drop|forward   01:80:c2:00:00:0x (STP, LACP, PTP); default drop\n"
	     "  port DEV [OPTION]...  a port; up to 64. Options:\n"
	     "    vlan=any | access:V | trunk:LIST[:native:V]   LIST as 10,20-29; default any\n"
	     "    mode=auto|native|tc   default auto: native XDP where it works, else tc\n"
	     "    allow=MAC[,MAC]...    only these may send\n"
	     "    storm=N               flooded frames a second that it may cause\n"
	     "    complete=on|off       complete partial checksums; default on\n"
	     "    peer-netns=PATH       namespace of a veth's far end, for the program it needs there\n"
	     "    force                 even if it has an address or a master\n"
	     "  go                    the end of the plan");
}

void read_plan(struct plan *plan)
{
	char line[MAX_LINE], *words[MAX_WORDS];
	uint64_t value;

	plan->fdb_size = 4096;
	plan->ageing_ms = 300000;
	for (;;) {
		if (read_line(line, sizeof(line)) < 0)
			refuse(NULL, "plan", "end the plan with a line \"go\"", "the plan ended before its last line");
		int n = split_words(line, words, MAX_WORDS);

		if (!n || words[0][0] == '#')
			continue;
		if (!strcmp(words[0], "go"))
			break;
		if (!strcmp(words[0], "port"))
			add_port(plan, words, n);
		else if (n == 2 && !strcmp(words[0], "fdb-size") && parse_number(words[1], 16, 1 << 22, &value))
			plan->fdb_size = value;
		else if (n == 2 && !strcmp(words[0], "ageing-ms") && parse_number(words[1], 0, 1000000000000ULL, &value))
			plan->ageing_ms = value;
		else if (n == 2 && !strcmp(words[0], "link-local") && (!strcmp(words[1], "drop") || !strcmp(words[1], "forward")))
			plan->forward_link_local = words[1][0] == 'f';
		else
			bad(NULL, words[0], n > 1 ? words[1] : "");
	}
	if (plan->n_ports < 2)
		refuse(NULL, "plan", "name two ports or more", "a bridge of %d ports", plan->n_ports);
}
