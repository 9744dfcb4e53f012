/* SPDX-License-Identifier: GPL-2.0-only */
/* Points of system calls. A task that uses a socket of the probe in a traced namespace is traced from then on. */

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

/* A client or server begins a call; `task` is NULL where it is not traced yet. */
static __always_inline int app_enters(struct event *event, struct task *task, struct call *call)
{
	struct cpu *cpu = this_cpu(event);

	if (!cpu)
		return 0;
	event->point = POINT_send_enter;
	cpu->ready.time_ns = 0;
	if (call->direction == SENDS)
		return on_app(event, cpu, task, call, 0);
	if (!task)
		learn_by(find_socket(call->fd));
	return 0;
}

static __always_inline int app_leaves(struct event *event, struct task *task, struct call *call, long returned)
{
	struct cpu *cpu = this_cpu(event);

	event->point = POINT_recv_exit;
	return cpu ? on_app(event, cpu, task, call, first_message(call, returned)) : 0;
}

/* A frame, or payload of a socket of the probe, as user networking has it. */
static __always_inline int on_vmm(struct event *event, struct task *task, struct call *call, __u64 got)
{
	struct flow flow = { .time_ns = event->time_ns };
	struct cpu *cpu = this_cpu(event);
	__u64 total = 0;
	__u32 have;

	if (!cpu)
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

/* QEMU's ioeventfd under TCG; KVM signals the eventfd itself, without a system call. */
static __always_inline int on_kick(struct event *event, const struct call *call)
{
	struct cpu *cpu = this_cpu(event);

	event->point = POINT_kick;
	event->aux = call->fd;
	return cpu ? emit(event, &cpu->blank) : 0;
}

/*
 * Every system call of the machine comes by: what is not of a kind that carries payload is gone after a look at its number,
 * what is not of a traced task after one look-up. One program serves all points of a call: each is entered at a cost.
 */
SEC("tp_btf/sys_enter") int BPF_PROG(call_enter, struct pt_regs *regs, long number)
{
	struct event event = {};
	struct task *task;
	struct call call;

	if (read_call(regs, number, &call))
		return 0;
	task = current_task();
	if (!task && !(asks_for(POINT_send_enter) && is_netns(current_netns())))
		return 0;
	event.time_ns = bpf_ktime_get_ns();
	switch (task ? task->role : ROLE_APP) {
	case ROLE_APP:
		return asks_for(POINT_send_enter) ? app_enters(&event, task, &call) : 0;
	case ROLE_VMM:
		if (!asks_for(POINT_vmm_out) || call.direction != SENDS)
			return 0;
		event.point = POINT_vmm_out;
		return on_vmm(&event, task, &call, 0);
	case ROLE_VCPU:
		if (asks_for(POINT_kick) && number == __NR_write && call.length == sizeof(__u64))
			return on_kick(&event, &call);
	}
	return 0;
}

SEC("tp_btf/sys_exit") int BPF_PROG(call_exit, struct pt_regs *regs, long returned)
{
	struct event event = {};
	struct task *task;
	struct call call;

	if (returned <= 0 || read_call(regs, CALL_NUMBER(regs), &call) || call.direction != RECEIVES)
		return 0;
	task = current_task();
	if (!task && !(asks_for(POINT_recv_exit) && is_netns(current_netns())))
		return 0;
	event.time_ns = bpf_ktime_get_ns();
	switch (task ? task->role : ROLE_APP) {
	case ROLE_APP:
		return asks_for(POINT_recv_exit) ? app_leaves(&event, task, &call, returned) : 0;
	case ROLE_VMM:
		event.point = POINT_vmm_in;
		return asks_for(POINT_vmm_in) ? on_vmm(&event, task, &call, first_message(&call, returned)) : 0;
	}
	return 0;
}

/*
 * The same at the calls themselves, for plans that know every client and server and what they call. A tracepoint of system
 * calls sends each of them the kernel's slow way in and out, which costs much in an emulated guest.
 */
static __always_inline struct task *known_app(void)
{
	struct task *task = current_task();

	return task && task->role == ROLE_APP ? task : NULL;
}

SEC("fentry/" CALL_FUNCTION(sendto)) int BPF_PROG(send_enter_call, struct pt_regs *regs)
{
	struct event event = EVENT(send_enter);
	struct task *task = known_app();
	struct call call;

	return task && !read_call(regs, __NR_sendto, &call) ? app_enters(&event, task, &call) : 0;
}

SEC("fexit/" CALL_FUNCTION(recvfrom)) int BPF_PROG(recv_exit_call, struct pt_regs *regs, long returned)
{
	struct event event = EVENT(recv_exit);
	struct task *task = returned > 0 ? known_app() : NULL;
	struct call call;

	return task && !read_call(regs, __NR_recvfrom, &call) ? app_leaves(&event, task, &call, returned) : 0;
}

/* With a stamp beside the payload. */
SEC("fexit/" CALL_FUNCTION(recvmsg)) int BPF_PROG(recv_exit_message, struct pt_regs *regs, long returned)
{
	struct event event = EVENT(recv_exit);
	struct task *task = returned > 0 ? known_app() : NULL;
	struct call call;

	return task && !read_call(regs, __NR_recvmsg, &call) ? app_leaves(&event, task, &call, returned) : 0;
}

/* TCP needs none of the payload, so that the socket alone tells: no descriptor is looked up, and nothing read from the task. */
static __always_inline int on_stream(struct event *event, struct task *task, const struct sock *sk, bool sends, __u32 length)
{
	struct flow flow = { .time_ns = event->time_ns, .length = length, .payload = clip(length) };
	struct cpu *cpu = this_cpu(event);

	if (!cpu || see_socket(sk, sends, &flow) || flow.protocol != IPPROTO_TCP)
		return 0;
	flow.number = sends ? next_to_send(sk) : next_to_read(sk) - length;
	if (sends)
		cpu->ready.time_ns = 0;
	take_up(task, &flow);
	return emit(event, &flow);
}

SEC("fentry/inet_sendmsg") int BPF_PROG(send_enter_stream, struct socket *socket, void *message, size_t length)
{
	struct event event = EVENT(send_enter);
	struct task *task = known_app();

	return task ? on_stream(&event, task, socket->sk, true, length) : 0;
}

SEC("fexit/inet_recvmsg")
int BPF_PROG(recv_exit_stream, struct socket *socket, void *message, size_t length, int flags, int returned)
{
	struct event event = EVENT(recv_exit);
	struct task *task = returned > 0 && !(flags & MSG_PEEK) ? known_app() : NULL;

	return task ? on_stream(&event, task, socket->sk, false, returned) : 0;
}
