/* SPDX-License-Identifier: GPL-2.0-only */
/* A known delay at one place, by which a trace is proved: received packets of the probe wait between their device and their socket. Both ways of receiving, one by one and in lists, come by here. */

/* A reading of the clock takes longer than 20 ns: the longest delay is well within. */
#define MOST_READINGS (1 << 16)

static long is_over(__u32 index, void *start)
{
	return bpf_ktime_get_ns() - *(__u64 *)start >= config.delay_ns;
}

SEC("fentry/ip_local_deliver") int BPF_PROG(delay, struct sk_buff *skb)
{
	__u64 start = bpf_ktime_get_ns();
	struct flow flow = {};

	if (!read_skb(skb, false, &flow) && flow.payload)
		bpf_loop(MOST_READINGS, is_over, &start, 0);
	return 0;
}
