// SPDX-License-Identifier: GPL-2.0-only
/*
 * The trace points, a program each. All are typed tracepoints (tp_btf) but where a point has none: fentry and fexit, where
 * the kernel allows them. Each takes its time first, asks whether it is the probe's packet or a traced task, and only
 * then reserves a record.
 */
#include "call.bpf.h"

#define EVENT(point_) { .time_ns = bpf_ktime_get_ns(), .point = POINT_##point_ }

static __always_inline __u32 device_netns(const struct net_device *dev)
{
	return dev->nd_net.net->ns.inum;
}

static __always_inline int on_skb(struct event *event, const struct sk_buff *skb, const struct net_device *dev, bool received)
{
	struct flow flow = { .time_ns = event->time_ns };
	struct cpu *cpu = this_cpu(event);

	if (!dev || !cpu)
		return 0;
	flow.netns = device_netns(dev);
	event->ifindex = dev->ifindex;
	if (!is_netns(flow.netns) || !is_device(event->ifindex))
		return 0;
	if (read_skb(skb, received, &flow)) {
		cpu->busy.queued = 0;
		/* A stranger's packet at the address of the last one: what follows is not the last one's. */
		if (cpu->busy.skb == (__u64)skb)
			cpu->busy.skb = 0;
		return 0;
	}
	flow.queued = event->point == POINT_dev_queue;
	cpu->busy = flow;
	return emit(event, &flow);
}

/* On its way from a queue to a driver: most often this CPU has just read it, and nobody has written to it since. */
static __always_inline int on_driver(struct event *event, const struct sk_buff *skb)
{
	const struct net_device *dev = skb->dev;
	struct cpu *cpu = this_cpu(event);

	if (!cpu)
		return 0;
	/* Once a queueing, and in its namespace: the next packet at this address may be a stranger's. */
	if (!cpu->busy.queued || cpu->busy.skb != (__u64)skb || !is_fresh(&cpu->busy, event->time_ns) ||
	    device_netns(dev) != cpu->busy.netns)
		return on_skb(event, skb, dev, false);
	cpu->busy.queued = 0;
	cpu->busy.time_ns = event->time_ns;
	event->ifindex = dev->ifindex;
	return emit(event, &cpu->busy);
}

#define SKB_POINT(name, program, received, ...)						\
	SEC(program) int BPF_PROG(name, __VA_ARGS__)					\
	{										\
		struct event event = EVENT(name);					\
											\
		return on_skb(&event, skb, skb->dev, received);				\
	}

SKB_POINT(dev_queue, "tp_btf/net_dev_queue", false, struct sk_buff *skb)
SKB_POINT(netif_rx, "tp_btf/netif_rx", true, struct sk_buff *skb)
SKB_POINT(netif_receive, "tp_btf/netif_receive_skb", true, struct sk_buff *skb)
SKB_POINT(gro, "tp_btf/napi_gro_receive_entry", true, struct sk_buff *skb)

#define DRIVER_POINT(name, point, program)						\
	SEC(program) int BPF_PROG(name, struct sk_buff *skb)				\
	{										\
		struct event event = EVENT(point);					\
											\
		return on_driver(&event, skb);						\
	}

DRIVER_POINT(dev_xmit, dev_xmit, "tp_btf/net_dev_start_xmit")
DRIVER_POINT(driver_enter, driver_enter, "fentry/start_xmit")
/* Where no function may be traced: any device's driver is about to get it, or has returned. */
DRIVER_POINT(driver_enter_any, driver_enter, "tp_btf/net_dev_start_xmit")

/*
 * The packet may be gone: it is known by its address, which this CPU had last. The call keeps the CPU until it returns,
 * however long the machine under a guest has that CPU taken away.
 */
static __always_inline int on_sent(struct event *event, const void *skb, const struct net_device *dev)
{
	struct cpu *cpu = this_cpu(event);
	struct flow flow;

	if (!cpu || cpu->busy.skb != (__u64)skb || !is_within(&cpu->busy, event->time_ns, CALL_NS))
		return 0;
	flow = cpu->busy;
	flow.netns = device_netns(dev);
	if (!is_netns(flow.netns))
		return 0;
	event->ifindex = dev->ifindex;
	event->flags = RECORD_BY_STATE;
	return emit(event, &flow);
}

SEC("tp_btf/net_dev_xmit") int BPF_PROG(dev_done, void *skb, int rc, struct net_device *dev)
{
	struct event event = EVENT(dev_done);

	event.aux = (__u32)rc;
	return on_sent(&event, skb, dev);
}

SEC("tp_btf/net_dev_xmit") int BPF_PROG(driver_exit_any, void *skb, int rc, struct net_device *dev)
{
	struct event event = EVENT(driver_exit);

	event.aux = (__u32)rc;
	return on_sent(&event, skb, dev);
}

SEC("fexit/start_xmit") int BPF_PROG(driver_exit, struct sk_buff *skb, struct net_device *dev, int rc)
{
	struct event event = EVENT(driver_exit);

	event.aux = (__u32)rc;
	return on_sent(&event, skb, dev);
}

/* A packet that dies may have lost its device, and UDP keeps other things in that field: then its socket tells, or the task. */
static __always_inline int on_free(struct event *event, const struct sk_buff *skb)
{
	struct flow flow = { .time_ns = event->time_ns };
	struct net_device *dev = BPF_CORE_READ(skb, dev);
	struct sock *sk = BPF_CORE_READ(skb, sk);

	if (read_skb(skb, false, &flow) || !this_cpu(event))
		return 0;
	flow.netns = BPF_CORE_READ(dev, nd_net.net, ns.inum);
	if (is_netns(flow.netns)) {
		event->ifindex = BPF_CORE_READ(dev, ifindex);
		return is_device(event->ifindex) ? emit(event, &flow) : 0;
	}
	flow.netns = sk ? socket_netns(sk) : current_netns();
	return is_netns(flow.netns) ? emit(event, &flow) : 0;
}

SEC("tp_btf/consume_skb") int BPF_PROG(free_consumed, struct sk_buff *skb)
{
	struct event event = EVENT(free);

	return on_free(&event, skb);
}

SEC("tp_btf/kfree_skb") int BPF_PROG(free_dropped, struct sk_buff *skb, void *location, unsigned int reason)
{
	struct event event = EVENT(free);

	event.aux = reason;
	return on_free(&event, skb);
}

/* `typed`: the verifier knows what `sk` is, so that its fields are read without a call. */
static __always_inline int on_ready(struct event *event, const struct sock *sk, bool typed)
{
	struct flow flow = { .time_ns = event->time_ns, .flags = RECORD_BY_STATE };
	struct cpu *cpu = this_cpu(event);
	struct ends ends;

	if (!cpu || (typed ? see_ends(sk, &ends) : ask_ends(sk, &ends)))
		return 0;
	/* A socket that is connected to none may be of the probe by the packet that came. */
	if (take_ends(&ends, sk, false, &flow) &&
	    (take_loose(&ends, false, &flow) || !is_fresh(&cpu->busy, event->time_ns) || cpu->busy.protocol != IPPROTO_UDP ||
	     cpu->busy.destination_port != flow.destination_port))
		return 0;
	/* A listener has a connection to accept, and no payload: its number would be of another packet. */
	if (flow.protocol == IPPROTO_TCP && !flow.source_port)
		return 0;
	if (is_fresh(&cpu->busy, event->time_ns) && cpu->busy.protocol == flow.protocol &&
	    cpu->busy.destination_port == flow.destination_port &&
	    (!flow.source_port || cpu->busy.source_port == flow.source_port)) {
		__u32 netns = flow.netns;

		flow = cpu->busy;
		flow.netns = netns;
		flow.time_ns = event->time_ns;
		flow.flags |= RECORD_BY_STATE;
	} else if (flow.protocol == IPPROTO_TCP) {
		/* It lay in the socket's backlog until its owner let go: what can be read begins with it, or before. */
		flow.number = next_to_read(sk);
		flow.length = next_to_arrive(sk) - flow.number;
		flow.payload = clip(flow.length);
	} else {
		flow.flags |= RECORD_NO_NUMBER;
	}
	cpu->ready = flow;
	return emit(event, &flow);
}

SEC("tp_btf/sk_data_ready") int BPF_PROG(data_ready, struct sock *sk)
{
	struct event event = EVENT(data_ready);

	return on_ready(&event, sk, true);
}

SEC("fentry/sock_def_readable") int BPF_PROG(data_ready_entry, struct sock *sk)
{
	struct event event = EVENT(data_ready);

	return on_ready(&event, sk, true);
}

/* Where neither tracepoint nor fentry is granted. */
SEC("kprobe/sock_def_readable") int data_ready_probe(struct pt_regs *regs)
{
	struct event event = EVENT(data_ready);

	return on_ready(&event, (const struct sock *)FUNCTION_ARG1(regs), false);
}

static __always_inline int on_taken(struct event *event, const struct sock *sk, int taken)
{
	struct flow flow = { .time_ns = event->time_ns };
	struct task *task;

	if (taken <= 0 || see_socket(sk, true, &flow) || !this_cpu(event))
		return 0;
	flow.length = taken;
	flow.payload = clip(taken);
	if (flow.protocol == IPPROTO_TCP) {
		flow.number = next_to_send(sk) - taken;
		return emit(event, &flow);
	}
	task = current_task();
	if (task && task->busy.source_port == flow.source_port && is_fresh(&task->busy, event->time_ns)) {
		flow.number = task->busy.number;
		flow.destination = task->busy.destination;
		flow.destination_port = task->busy.destination_port;
		flow.flags |= RECORD_BY_STATE;
	} else {
		flow.flags |= RECORD_NO_NUMBER;
	}
	return emit(event, &flow);
}

SEC("tp_btf/sock_send_length") int BPF_PROG(sock_send, struct sock *sk, int taken)
{
	struct event event = EVENT(sock_send);

	return on_taken(&event, sk, taken);
}

SEC("fexit/tcp_sendmsg") int BPF_PROG(sock_send_tcp, struct sock *sk, void *message, size_t size, int taken)
{
	struct event event = EVENT(sock_send);

	return on_taken(&event, sk, taken);
}

SEC("fexit/udp_sendmsg") int BPF_PROG(sock_send_udp, struct sock *sk, void *message, size_t size, int taken)
{
	struct event event = EVENT(sock_send);

	return on_taken(&event, sk, taken);
}

#include "sched.bpf.h"
#include "syscall.bpf.h"
#include "vhost.bpf.h"
#include "xdp.bpf.h"
#include "delay.bpf.h"

char LICENSE[] SEC("license") = "GPL";
