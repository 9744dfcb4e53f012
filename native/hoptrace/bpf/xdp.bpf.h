/* SPDX-License-Identifier: GPL-2.0-only */
/* Points of XDP. Their tracepoints name devices and no frame: it is the one that this CPU or task had last. */

static __always_inline int on_xdp(struct event *event, const struct net_device *dev, __u32 ifindex)
{
	struct cpu *cpu = this_cpu(event);
	struct flow flow;

	if (!cpu || !dev || !is_netns(device_netns(dev)) || !is_device(ifindex))
		return 0;
	flow = *last_packet(cpu, event->time_ns, BUSY_NS);
	if (flow.time_ns)
		flow.flags |= RECORD_BY_STATE;
	flow.netns = device_netns(dev);
	event->ifindex = ifindex;
	return emit(event, &flow);
}

SEC("tp_btf/xdp_redirect")
int BPF_PROG(xdp_in, struct net_device *dev, struct bpf_prog *program, void *target, int err, unsigned int type, __u32 map)
{
	struct event event = EVENT(xdp_in);

	event.aux = map;
	return on_xdp(&event, dev, dev->ifindex);
}

SEC("tp_btf/xdp_devmap_xmit")
int BPF_PROG(xdp_out, struct net_device *from, struct net_device *to, int sent, int drops)
{
	struct event event = EVENT(xdp_out);

	event.aux = (__u32)sent | (__u64)drops << 32;
	return on_xdp(&event, to, to->ifindex);
}
