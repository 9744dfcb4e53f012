// SPDX-License-Identifier: GPL-2.0-only
/* The command show: the ports, how each is attached, and what the user should know. */
#include "show.h"
#include "../plan/port_options.h"
#include "../say.h"

void serve_show(struct bridge *bridge)
{
	fputs("{\"ports\":[", out);
	for (int i = 0; i < bridge->n_ports; i++) {
		const struct bridge_port *live = &bridge->ports[i];

		fputs(i ? ",{\"port\":" : "{\"port\":", out);
		print_json_string(bridge->plan->ports[i].name);
		fputs(",\"driver\":", out);
		print_json_string(live->device.driver);
		fprintf(out, ",\"mode\":\"%s\",\"takes_redirects\":%s,\"mtu\":%u,\"rx_queues\":%u,\"tx_queues\":%u}",
			mode_name(live->mode), live->takes_redirects ? "true" : "false", live->device.mtu,
			live->device.rx_queues, live->device.tx_queues);
	}
	fputs("],\"notes\":[", out);
	print_notes();
	fputs("]}\n", out);
}
