/* SPDX-License-Identifier: GPL-2.0-only */
/* Points of the scheduler and of interrupts. They have no packet: the one that led to them is remembered. */

SEC("tp_btf/sched_waking") int BPF_PROG(waking, struct task_struct *woken)
{
	struct task *task = find_task(woken->pid, woken->tgid);
	struct event event = { .point = POINT_waking };
	struct cpu *cpu;
	struct flow flow;

	/* Most tasks are not traced: they cost this look-up and no more. */
	if (!task)
		return 0;
	event.time_ns = bpf_ktime_get_ns();
	cpu = this_cpu(&event);
	if (!cpu)
		return 0;
	if (task->role != ROLE_APP) {
		flow = *last_packet(cpu, event.time_ns, WAKES_NS);
	} else {
		flow = is_within(&cpu->ready, event.time_ns, WAKES_NS) ? cpu->ready : cpu->blank;
		cpu->ready.time_ns = 0;
	}
	if (flow.time_ns)
		flow.flags |= RECORD_BY_STATE;
	task->woken = flow;
	event.aux = woken->pid;
	return emit(&event, &flow);
}

SEC("tp_btf/sched_switch") int BPF_PROG(switch_in, bool preempt, struct task_struct *before, struct task_struct *next)
{
	/* Every second switch is to the idle task, which is never traced: it needs no look-up. */
	struct task *task = next->pid ? find_task(next->pid, next->tgid) : NULL;
	struct event event = { .point = POINT_switch_in };
	struct cpu *cpu = this_cpu(&event);
	struct flow flow;

	/* A packet that has woken nobody up to this switch never will: whoever is woken next here, is so by a timer. */
	if (cpu)
		cpu->ready.time_ns = 0;
	if (!task)
		return 0;
	event.time_ns = bpf_ktime_get_ns();
	flow = task->woken;
	__builtin_memset(&task->woken, 0, sizeof(task->woken));
	event.tid = next->pid;
	event.aux = before->pid;
	return emit(&event, &flow);
}

/* Every switch of every CPU, with the name of the task that runs now in place of a packet's addresses. */
SEC("tp_btf/sched_switch")
int BPF_PROG(switch_all, bool preempt, struct task_struct *before, struct task_struct *next, unsigned int state)
{
	struct event event = EVENT(switch);
	struct cpu *cpu = this_cpu(&event);
	struct record *record;

	if (!cpu)
		return 0;
	event.flags = RECORD_NAME;
	event.aux = (__u32)before->pid | (__u64)state << 32;
	record = claim();
	if (!record)
		return 0;
	fill(record, &event, &cpu->blank);
	record->tid = next->pid; /* 0 is the idle task's, and not for the one that runs */
	bpf_probe_read_kernel(&record->source, sizeof(next->comm), next->comm);
	commit(record, last_word(&event, &cpu->blank));
	return 0;
}

static __always_inline int on_interrupt(struct event *event, __u32 number)
{
	struct cpu *cpu = this_cpu(event);

	event->aux = number;
	return cpu ? emit(event, &cpu->blank) : 0;
}

#define INTERRUPT_POINT(name, program)						\
	SEC(program) int BPF_PROG(name, unsigned int number)			\
	{									\
		struct event event = EVENT(name);				\
										\
		return on_interrupt(&event, number);				\
	}

INTERRUPT_POINT(irq_enter, "tp_btf/irq_handler_entry")
INTERRUPT_POINT(irq_exit, "tp_btf/irq_handler_exit")
INTERRUPT_POINT(softirq_enter, "tp_btf/softirq_entry")
INTERRUPT_POINT(softirq_exit, "tp_btf/softirq_exit")
