/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Points of vhost and KVM, where kernel and guest meet without a system call. vhost's worker sends what it took from the
 * ring by the socket of a tap or macvtap, and copies what it got from there into the guest's memory.
 */

static __always_inline struct task *current_worker(__u32 role)
{
	struct task *task = current_task();

	return task && task->role == role ? task : NULL;
}

/* The packet is what the worker is busy with, and what happens next in it happens to it. */
static __always_inline int on_worker(struct event *event, struct task *worker, struct flow *flow)
{
	take_up(worker, flow);
	return emit(event, flow);
}

/* What vhost hands over with a message that has no pieces: include/linux/if_tun.h. */
struct batch { __u16 type, n, pad[2]; __u64 frames; };
#define BATCH_OF_FRAMES 2 /* TUN_MSG_PTR */
#define MAX_FRAMES 4

static __always_inline int read_sent(const struct xdp_buff *sent, struct flow *flow)
{
	__u8 *data = BPF_CORE_READ(sent, data), *end = BPF_CORE_READ(sent, data_end);
	__be16 type = 0;

	bpf_probe_read_kernel(&type, sizeof(type), data + ETHERNET_BYTES - sizeof(type));
	if (type != bpf_htons(0x0800) && type != bpf_htons(0x86dd))
		return -1;
	flow->length = end - data;
	return read_packet(data + ETHERNET_BYTES, end - data - ETHERNET_BYTES, flow);
}

/* The first frames of those that the worker sends in one go: an acknowledgement may wait there before the next request. One that is larger than a page is sent by itself, and is not known here. */
static __always_inline int on_batch(struct event *event, const struct socket *socket, const struct msghdr *message)
{
	struct task *worker = current_worker(ROLE_VHOST);
	struct batch batch = {};
	__u32 netns;

	if (!worker || !this_cpu(event))
		return 0;
	if (bpf_probe_read_kernel(&batch, sizeof(batch), BPF_CORE_READ(message, msg_control)) || batch.type != BATCH_OF_FRAMES)
		return 0;
	netns = socket_netns(BPF_CORE_READ(socket, sk));
	for (int i = 0; i < MAX_FRAMES && i < batch.n; i++) {
		const void *sent = (const void *)(batch.frames + i * bpf_core_type_size(struct xdp_buff));
		struct flow flow = { .time_ns = event->time_ns, .netns = netns };

		if (!read_sent(sent, &flow))
			on_worker(event, worker, &flow);
	}
	return 0;
}

SEC("fentry/tun_sendmsg") int BPF_PROG(vhost_out_tap, struct socket *socket, struct msghdr *message, size_t length)
{
	struct event event = EVENT(vmm_out);

	return on_batch(&event, socket, message);
}

SEC("fentry/tap_sendmsg") int BPF_PROG(vhost_out_macvtap, struct socket *socket, struct msghdr *message, size_t length)
{
	struct event event = EVENT(vmm_out);

	return on_batch(&event, socket, message);
}

/* Softirqs that run in the worker copy nothing to memory of users: it is the frame that the worker took from the tap. */
SEC("tp_btf/skb_copy_datagram_iovec") int BPF_PROG(vhost_in, const struct sk_buff *skb, int length)
{
	struct event event = EVENT(vmm_in);
	struct task *worker = current_worker(ROLE_VHOST);
	struct flow flow = { .time_ns = event.time_ns };

	if (!worker || !this_cpu(&event) || read_skb(skb, false, &flow))
		return 0;
	flow.netns = BPF_CORE_READ(skb, dev, nd_net.net, ns.inum);
	return on_worker(&event, worker, &flow);
}

/* The queue is told by the address that the guest wrote to; which packet it is for is not known, and the CPU's last one is not it. */
static __always_inline int on_kvm_kick(struct event *event, __u64 address)
{
	struct task *vcpu = current_worker(ROLE_VCPU);
	struct cpu *cpu = this_cpu(event);

	if (!vcpu || !cpu)
		return 0;
	cpu->busy.time_ns = 0;
	event->aux = address;
	return emit(event, &cpu->blank);
}

SEC("fentry/ioeventfd_write")
int BPF_PROG(kick_signalled, void *vcpu, void *device, __u64 address, int length, const void *value)
{
	struct event event = EVENT(kick);

	return on_kvm_kick(&event, address);
}

/* Where no function may be traced: what a vCPU wrote. A notification of virtio is 2 bytes; registers of APICs have 4. */
#define MMIO_WRITE 2
#define NOTIFY_BYTES 2

SEC("tp_btf/kvm_mmio") int BPF_PROG(kick_mmio, int type, int length, __u64 address, void *value)
{
	struct event event = EVENT(kick);

	return type == MMIO_WRITE && length == NOTIFY_BYTES ? on_kvm_kick(&event, address) : 0;
}

SEC("tp_btf/kvm_fast_mmio") int BPF_PROG(kick_fast, __u64 address)
{
	struct event event = EVENT(kick);

	return on_kvm_kick(&event, address);
}

/* By who gave the guest a packet: vhost's worker, or the VMM. Another interrupt has no packet behind it, and is none of the way. */
static __always_inline int on_guest_irq(struct event *event, __u32 data)
{
	struct task *task = current_task();
	struct flow flow;

	if (!task || (task->role != ROLE_VHOST && task->role != ROLE_VMM) || !is_fresh(&task->busy, event->time_ns))
		return 0;
	if (!this_cpu(event))
		return 0;
	flow = task->busy;
	flow.flags |= RECORD_BY_STATE;
	event->aux = data;
	return emit(event, &flow);
}

SEC("tp_btf/kvm_msi_set_irq") int BPF_PROG(guest_irq, __u64 address, __u64 data)
{
	struct event event = EVENT(guest_irq);

	return on_guest_irq(&event, data);
}

SEC("fentry/irqfd_wakeup") int BPF_PROG(guest_irq_wakeup, void *entry)
{
	struct event event = EVENT(guest_irq);

	return on_guest_irq(&event, 0);
}
