// SPDX-License-Identifier: GPL-2.0-only
/* One port's line in the plan: "port DEV [OPTION]...". */
#include "port_options.h"
#include "../say.h"
#include "number.h"
#include "plan.h"

#include <errno.h>
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

static int take_vlan(void *port, const struct plan_line *option)
{
	set_vlan(port, option->words[1]);
	return 0;
}

static int take_macs(void *port, const struct plan_line *option)
{
	set_macs(port, option->words[1]);
	return 0;
}

static const char *const modes[] = { "auto", "native", "generic", "tc", NULL };
static const char *const off_on[] = { "off", "on", NULL };

const char *mode_name(enum mode mode)
{
	return modes[mode];
}

static const struct plan_key keys[] = {
	{ .name = "vlan", .values = "any | access:V | trunk:LIST[:native:V]", .take = take_vlan,
	  .help = "LIST as 10,20-29; default any" },
	{ .name = "mode", .kind = PLAN_WORD, PLAN_FIELD(plan_port, mode), .words = modes,
	  .help = "auto: native XDP where it works, else tc" },
	{ .name = "allow", .values = "MAC[,MAC]...", .take = take_macs, .help = "only these may send" },
	{ .name = "storm", .values = "N", .kind = PLAN_NUMBER, PLAN_FIELD(plan_port, storm), .least = 1, .most = 1000000000,
	  .help = "flooded frames a second that it may cause" },
	{ .name = "complete", .values = "on|off", .kind = PLAN_WORD, PLAN_FIELD(plan_port, complete), .words = off_on, .preset = 1,
	  .help = "complete partial checksums" },
	{ .name = "peer-netns", .values = "PATH", .kind = PLAN_TEXT, PLAN_FIELD(plan_port, peer_netns),
	  .help = "namespace of a veth's far end, for the program it needs there" },
	{ .name = "force", .kind = PLAN_FLAG, PLAN_FIELD(plan_port, force), .help = "even if it has an address or a master" },
};

/* It says nothing, since it is not told of which port the option is: add_port() does. */
static int reject(enum plan_fault fault, const struct plan_key *key, const struct plan_line *option)
{
	(void)fault;
	(void)key;
	(void)option;
	return -EINVAL;
}

static const struct plan_table table = {
	.keys = keys, .n_keys = sizeof(keys) / sizeof(keys[0]), .options = true, .reject = reject,
};

void add_port(struct plan *plan, char **words, int n)
{
	static char any[] = "any";
	char copy[sizeof(any)];
	struct plan_port *port = &plan->ports[plan->n_ports];

	if (n < 2 || strlen(words[1]) >= IFNAMSIZ)
		bad_word(NULL, "port", n < 2 ? "" : words[1]);
	if (plan->n_ports == MAX_PORTS)
		refuse(words[1], "plan", "use fewer ports", "more than %d ports", MAX_PORTS);
	for (int i = 0; i < plan->n_ports; i++)
		if (!strcmp(plan->ports[i].name, words[1]))
			refuse(words[1], "plan", "name it once", "named twice");
	strcpy(port->name, words[1]);
	preset_plan(&table, port);
	set_vlan(port, strcpy(copy, any));
	for (int i = 2; i < n; i++) {
		const char *value = NULL;

		if (!take_plan_option(&table, port, words[i], &value))
			continue;
		if (value)
			bad_word(port->name, words[i], value);
		bad_word(port->name, "option", words[i]);
	}
	plan->n_ports++;
}

void print_port_options(void)
{
	print_keys(stdout, &table, 0);
}
