/* SPDX-License-Identifier: GPL-2.0-only */
/* Points of system calls. A task that uses a socket of the probe in a traced namespace is traced from then on. */

/* Whether the running task may be a client or server; *task is set where it is known to be one. */
static __always_inline bool may_be_app(struct task **task)
{
	*task = current_task();
	if (*task)
		return (*task)->role == ROLE_APP;
	return is_netns(current_netns());
}

/* A task that waits in its receive call is known before it is woken. */
static __always_inline void learn_by(const struct sock *sk)
{
	struct flow flow = {};

	if (sk && !read_socket(sk, false, &flow))
		learn(bpf_get_current_pid_tgid(), ROLE_APP);
}

static __always_inline int on_app(struct event *event, struct cpu *cpu, struct task *task, struct call *call, __u64 got)
{
	const struct sock *sk = find_socket(call->fd);
	struct flow flow = { .time_ns = event->time_ns };

	if (read_payload(cpu, call, sk, got, &flow))
		return 0;
	if (!task)
		task = learn(bpf_get_current_pid_tgid(), ROLE_APP);
	if (task)
		take_up(task, &flow);
	event->aux = call->fd;
	return emit(event, &flow);
}

SEC("tp_btf/sys_enter") int BPF_PROG(send_enter, struct pt_regs *regs, long number)
{
	struct event event = EVENT(send_enter);
	struct cpu *cpu = this_cpu();
	struct task *task;
	struct call call;

	if (!cpu || read_call(regs, number, &call) || !may_be_app(&task))
		return 0;
	cpu->ready.time_ns = 0;
	if (call.direction == SENDS)
		return on_app(&event, cpu, task, &call, 0);
	if (!task)
		learn_by(find_socket(call.fd));
	return 0;
}

SEC("tp_btf/sys_exit") int BPF_PROG(recv_exit, struct pt_regs *regs, long returned)
{
	struct event event = EVENT(recv_exit);
	struct cpu *cpu = this_cpu();
	struct task *task;
	struct call call;

	if (!cpu || returned <= 0 || read_call(regs, CALL_NUMBER(regs), &call) || call.direction != RECEIVES || !may_be_app(&task))
		return 0;
	return on_app(&event, cpu, task, &call, first_message(&call, returned));
}

/* A frame, or payload of a socket of the probe, as user networking has it. */
static __always_inline int on_vmm(struct event *event, struct call *call, __u64 got)
{
	struct flow flow = { .time_ns = event->time_ns };
	struct task *task = current_task();
	struct cpu *cpu = this_cpu();
	__u64 total = 0;
	__u32 have;

	if (!task || !cpu || task->role != ROLE_VMM)
		return 0;
	if (call->direction == RECEIVES && discards(call))
		return 0;
	have = read_window(cpu, call, &total);
	if (call->direction == RECEIVES && have > got)
		have = got;
	if (!read_frame(cpu, have, &flow)) {
		flow.netns = current_netns();
		flow.length = call->direction == SENDS ? total : got;
	} else {
		flow = cpu->blank;
		flow.time_ns = event->time_ns;
		if (read_payload(cpu, call, find_socket(call->fd), got, &flow))
			return 0;
		/* passt looks at what it has seen before until its guest acknowledges it. */
		if (call->flags & MSG_PEEK && flow.protocol == IPPROTO_TCP) {
			if (task->peeked_to == flow.number + flow.length)
				return 0;
			task->peeked_to = flow.number + flow.length;
		}
	}
	take_up(task, &flow);
	event->aux = call->fd;
	return emit(event, &flow);
}

SEC("tp_btf/sys_exit") int BPF_PROG(vmm_in, struct pt_regs *regs, long returned)
{
	struct event event = EVENT(vmm_in);
	struct call call;

	if (returned <= 0 || read_call(regs, CALL_NUMBER(regs), &call) || call.direction != RECEIVES)
		return 0;
	return on_vmm(&event, &call, first_message(&call, returned));
}

SEC("tp_btf/sys_enter") int BPF_PROG(vmm_out, struct pt_regs *regs, long number)
{
	struct event event = EVENT(vmm_out);
	struct call call;

	if (read_call(regs, number, &call) || call.direction != SENDS)
		return 0;
	return on_vmm(&event, &call, 0);
}

/* QEMU's ioeventfd under TCG; KVM signals the eventfd itself, without a system call. */
SEC("tp_btf/sys_enter") int BPF_PROG(kick, struct pt_regs *regs, long number)
{
	struct event event = EVENT(kick);
	struct cpu *cpu = this_cpu();
	struct task *task;

	if (number != __NR_write || CALL_ARG3(regs) != sizeof(__u64) || !cpu)
		return 0;
	task = current_task();
	if (!task || task->role != ROLE_VCPU)
		return 0;
	event.aux = CALL_ARG1(regs);
	return emit(&event, &cpu->blank);
}
