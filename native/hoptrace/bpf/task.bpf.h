/* SPDX-License-Identifier: GPL-2.0-only */
/* Which tasks are traced, and what they are busy with. */
#ifndef HOPLAB_HOPTRACE_TASK_BPF_H
#define HOPLAB_HOPTRACE_TASK_BPF_H

#include "packet.bpf.h"

static __always_inline struct task *learn(__u32 tid, __u32 role)
{
	struct task task = { .role = role };

	bpf_map_update_elem(&tasks, &tid, &task, BPF_NOEXIST);
	return bpf_map_lookup_elem(&tasks, &tid);
}

static __always_inline struct task *find_task(__u32 tid, __u32 tgid)
{
	struct task *task = bpf_map_lookup_elem(&tasks, &tid);
	__u32 *role;

	if (task || !config.n_processes)
		return task;
	role = bpf_map_lookup_elem(&processes, &tgid);
	return role ? learn(tid, *role) : NULL;
}

static __always_inline struct task *current_task(void)
{
	__u64 both = bpf_get_current_pid_tgid();

	return find_task(both, both >> 32);
}

static __always_inline __u32 current_netns(void)
{
	struct task_struct *task = (struct task_struct *)bpf_get_current_task_btf();

	return task->nsproxy->net_ns->ns.inum; /* a task that ends has none: reads 0 */
}

/* The task is busy with this packet. What it was woken for is over, also if it had not slept and no switch was seen. */
static __always_inline void take_up(struct task *task, const struct flow *flow)
{
	task->busy = *flow;
	__builtin_memset(&task->woken, 0, sizeof(task->woken));
}

static __always_inline bool is_within(const struct flow *flow, __u64 now, __u64 ns)
{
	return flow->time_ns && now - flow->time_ns < ns;
}

static __always_inline bool is_fresh(const struct flow *flow, __u64 now)
{
	return is_within(flow, now, BUSY_NS);
}

/*
 * The packet that this CPU, or the task that runs, had last: the later one. A packet crosses a CPU in one go, and a
 * task handles one frame after the other, so what happens next happens to it; but this is remembered, not read.
 */
static __always_inline const struct flow *last_packet(const struct cpu *cpu, __u64 now, __u64 cpu_ns)
{
	struct task *task = current_task();

	if (task && is_fresh(&task->busy, now) && task->busy.time_ns > cpu->busy.time_ns)
		return &task->busy;
	return is_within(&cpu->busy, now, cpu_ns) ? &cpu->busy : &cpu->blank;
}

#endif
