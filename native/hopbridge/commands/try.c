// SPDX-License-Identifier: GPL-2.0-only
/*
 * The command try, for tests: runs a program on a frame as if it had come in at a port (BPF_PROG_TEST_RUN), and says its
 * verdict and the frame as it left it. Nothing is redirected; what the program learns and counts, it does.
 */
#include "try.h"
#include "../maps.h"
#include "../say.h"

#include <bpf/bpf.h>
#include <linux/bpf.h>
#include <linux/pkt_cls.h>
#include <string.h>

#define MAX_FRAME 3500 /* the kernel takes what fits a page, with its own parts around it */

static int parse_hex(const char *text, uint8_t *bytes)
{
	int n = 0;

	for (; text[0] && text[1] && n < MAX_FRAME; text += 2)
		if (sscanf(text, "%2hhx", &bytes[n++]) != 1)
			return -1;
	return text[0] ? -1 : n;
}

static const char *verdict_of(bool tc, int verdict)
{
	static const char *const xdp[] = { "aborted", "drop", "pass", "tx", "redirect" };

	if (!tc)
		return verdict >= 0 && verdict < 5 ? xdp[verdict] : "?";
	return verdict == TC_ACT_OK ? "pass" : verdict == TC_ACT_SHOT ? "drop" : verdict == TC_ACT_REDIRECT ? "redirect" : "?";
}

/* try xdp|tc PORT HEX */
void serve_try(struct bridge *bridge, char **words, int n)
{
	static uint8_t frame[MAX_FRAME], left[MAX_FRAME + 64];
	int port = n == 4 ? port_named(bridge, words[2]) : -1, bytes = n == 4 ? parse_hex(words[3], frame) : -1, err;
	bool tc = n == 4 && !strcmp(words[1], "tc");
	struct xdp_md xdp = { .data_end = bytes };
	struct __sk_buff skb = { 0 };
	LIBBPF_OPTS(bpf_test_run_opts, run);

	if (port < 0 || bytes < 0) {
		reply_error("try xdp|tc PORT HEX");
		return;
	}
	xdp.ingress_ifindex = skb.ingress_ifindex = skb.ifindex = bridge->ports[port].device.ifindex;
	run.ctx_in = tc ? (void *)&skb : &xdp;
	run.ctx_size_in = tc ? sizeof(skb) : sizeof(xdp);
	run.data_in = frame;
	run.data_size_in = bytes;
	run.data_out = left;
	run.data_size_out = sizeof(left);
	err = bpf_prog_test_run_opts(program_fd(bridge, tc ? "hopbridge_tc" : "hopbridge_xdp"), &run);
	if (err) {
		reply_error("the kernel did not run it: %s", strerror(-err));
		return;
	}
	fprintf(out, "{\"verdict\":\"%s\",\"hex\":\"", verdict_of(tc, run.retval));
	for (uint32_t i = 0; i < run.data_size_out; i++)
		fprintf(out, "%02x", left[i]);
	fputs("\"}\n", out);
}
