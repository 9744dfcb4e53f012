// SPDX-License-Identifier: GPL-2.0-only
/* Attaches programs to devices. */
#include "link.h"

#include <bpf/bpf.h>
#include <linux/if_link.h>

#define TCX_INGRESS 46 /* BPF_TCX_INGRESS of Linux 6.6: older headers do not name it */

int link_xdp(int program, uint32_t ifindex, bool generic)
{
	LIBBPF_OPTS(bpf_link_create_opts, options, .flags = generic ? XDP_FLAGS_SKB_MODE : XDP_FLAGS_DRV_MODE);

	return bpf_link_create(program, ifindex, BPF_XDP, &options);
}

int link_tc(int program, uint32_t ifindex)
{
	return bpf_link_create(program, ifindex, TCX_INGRESS, NULL);
}
