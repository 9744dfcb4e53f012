// SPDX-License-Identifier: GPL-2.0-only
/* What is asked of the ports of a bridge. */
#include "bridge.h"
#include "say.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

int port_named(const struct bridge *bridge, const char *name)
{
	for (int i = 0; i < bridge->n_ports; i++)
		if (!strcmp(bridge->plan->ports[i].name, name))
			return i;
	return -1;
}

void no_xdp(const struct plan_port *port, struct bridge_port *live, const char *reason, const char *cure, const char *fmt, ...)
{
	char why[512], filled[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(why, sizeof(why), fmt, ap);
	va_end(ap);
	if (port->mode != MODE_AUTO)
		refuse(port->name, reason, cure, "%s", why);
	live->mode = MODE_TC;
	fill_in(filled, sizeof(filled), cure, port->name);
	note(port->name, "goes by tc: %s; cure: %s", why, filled);
}

bool names_vlans(const struct bridge *bridge)
{
	for (int i = 0; i < bridge->n_ports; i++)
		if (bridge->plan->ports[i].named_vlans)
			return true;
	return false;
}

bool goes_natively(const struct bridge *bridge)
{
	for (int i = 0; i < bridge->n_ports; i++)
		if (bridge->ports[i].mode == MODE_NATIVE)
			return true;
	return false;
}
