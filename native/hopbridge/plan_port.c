// SPDX-License-Identifier: GPL-2.0-only
/* One port's line in the plan: "port DEV [OPTION]...". */
#include "say.h"
#include "setup.h"
#include "number.h"

#include <stdlib.h>
#include <string.h>

#define MAX_VLAN 4094

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

void bad_word(const char *port, const char *what, const char *value)
{
	refuse(port, "plan", "hoplab-bridge --help lists the keys", "%s %s: not understood or out of range", what, value);
}

static void add_vlan(struct plan_port *port, int64_t vlan)
{
	port->vlans[vlan >> 6] |= 1ULL << (vlan & 63);
}

/* "10,20-29": numbers and ranges. */
static void add_vlans(struct plan_port *port, char *list)
{
	char *save = NULL;

	for (char *item = strtok_r(list, ",", &save); item; item = strtok_r(NULL, ",", &save)) {
		char *dash = strchr(item, '-');
		int64_t low, high;

		if (dash)
			*dash = 0;
		if (!parse_number(item, 1, MAX_VLAN, &low) || !parse_number(dash ? dash + 1 : item, low, MAX_VLAN, &high))
			bad_word(port->name, "vlan", item);
		for (int64_t vlan = low; vlan <= high; vlan++)
			add_vlan(port, vlan);
	}
}

/* any | access:V | trunk:LIST[:native:V] */
static void set_vlan(struct plan_port *port, char *value)
{
	char *save = NULL, *kind = strtok_r(value, ":", &save), *list = strtok_r(NULL, ":", &save);
	char *word = strtok_r(NULL, ":", &save), *native = strtok_r(NULL, ":", &save);
	int64_t vlan;

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
			bad_word(port->name, "vlan trunk:...:native", native ? native : word);
		add_vlans(port, list);
		if (word) {
			port->pvid = vlan;
			add_vlan(port, vlan);
		}
	} else {
		bad_word(port->name, "vlan", kind ? kind : "");
	}
}

static void set_macs(struct plan_port *port, char *list)
{
	char *save = NULL;

	for (char *item = strtok_r(list, ",", &save); item; item = strtok_r(NULL, ",", &save)) {
		if (port->n_macs == MAX_PORT_MACS || !parse_mac(item, port->macs[port->n_macs]))
			bad_word(port->name, "allow", item);
		port->n_macs++;
	}
	if (!port->n_macs)
		bad_word(port->name, "allow", "(empty)");
}

void add_port(struct plan *plan, char **words, int n)
{
	static char any[] = "any";
	char copy[sizeof(any)];
	struct plan_port *port = &plan->ports[plan->n_ports];
	int64_t value;

	if (n < 2 || strlen(words[1]) >= IFNAMSIZ)
		bad_word(NULL, "port", n < 2 ? "" : words[1]);
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
			bad_word(port->name, "option", words[i]);
		else if (!strcmp(words[i], "vlan"))
			set_vlan(port, text);
		else if (!strcmp(words[i], "allow"))
			set_macs(port, text);
		else if (!strcmp(words[i], "mode") && !strcmp(text, "auto"))
			port->mode = MODE_AUTO;
		else if (!strcmp(words[i], "mode") && !strcmp(text, "native"))
			port->mode = MODE_NATIVE;
		else if (!strcmp(words[i], "mode") && !strcmp(text, "generic"))
			port->mode = MODE_GENERIC;
		else if (!strcmp(words[i], "mode") && !strcmp(text, "tc"))
			port->mode = MODE_TC;
		else if (!strcmp(words[i], "complete") && (!strcmp(text, "on") || !strcmp(text, "off")))
			port->complete = !strcmp(text, "on");
		else if (!strcmp(words[i], "storm") && parse_number(text, 1, 1000000000, &value))
			port->storm = value;
		else if (!strcmp(words[i], "peer-netns") && strlen(text) < MAX_PATH)
			strcpy(port->peer_netns, text);
		else
			bad_word(port->name, words[i], text);
	}
	plan->n_ports++;
}

void print_port_options(void)
{
	puts("    vlan=any | access:V | trunk:LIST[:native:V]   LIST as 10,20-29; default any\n"
	     "    mode=auto|native|generic|tc   default auto: native XDP where it works, else tc\n"
	     "    allow=MAC[,MAC]...    only these may send\n"
	     "    storm=N               flooded frames a second that it may cause\n"
	     "    complete=on|off       complete partial checksums; default on\n"
	     "    peer-netns=PATH       namespace of a veth's far end, for the program it needs there\n"
	     "    force                 even if it has an address or a master");
}
