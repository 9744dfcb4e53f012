// SPDX-License-Identifier: GPL-2.0-only
/* Tries the ways of each point, the best first: all together, and where the kernel refuses that, each on its own. */
#include "grant.h"
#include "asked.h"
#include "object.h"

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* So that one that is refused costs only itself. */
static void load_alone(struct loaded *loaded, struct plan *plan, int way)
{
	int err = load_ways(loaded, plan, 1ULL << way);
	char why[300];

	if (!err)
		return;
	explain(why, sizeof(why), err);
	refuse(plan, &ways[way], why);
}

static bool has_tracepoint(const struct btf *btf, const char *name)
{
	char type[80];

	snprintf(type, sizeof(type), "btf_trace_%s", name);
	return btf__find_by_name_kind(btf, type, BTF_KIND_TYPEDEF) >= 0;
}

/* Of a module it is known only when it is loaded; one that is not there has nothing to trace. */
static bool is_there(const struct btf *btf, const struct way *way)
{
	char types[80];

	if (!way->module || btf__find_by_name_kind(btf, way->target, BTF_KIND_FUNC) >= 0 || has_tracepoint(btf, way->target))
		return true;
	snprintf(types, sizeof(types), "/sys/kernel/btf/%s", way->module);
	return !access(types, F_OK);
}

static bool serves(const struct plan *plan, const struct way *way)
{
	bool vhost = false;

	for (int i = 0; i < plan->n_tids; i++)
		vhost |= plan->tids[i].role == ROLE_VHOST;
	switch (way->needs) {
	case NEEDS_VHOST: return vhost;
	case NEEDS_KVM: return plan->kvm;
	case NEEDS_NO_KVM: return !plan->kvm;
	default: return true;
	}
}

/* One load for many: each reads all of the kernel's types again. */
static void load_set(struct loaded *loaded, struct plan *plan, __u64 set)
{
	if (__builtin_popcountll(set) > 1 && !load_ways(loaded, plan, set))
		return;
	for (int i = 0; i < n_ways; i++)
		if (set >> i & 1)
			load_alone(loaded, plan, i);
}

/* The ways of a rank whose points were asked for and have none yet. */
static void load_rank(struct loaded *loaded, struct plan *plan, const struct btf *btf, enum rank rank)
{
	__u64 tracepoints = 0, functions = 0;

	for (int i = 0; i < n_ways; i++) {
		const struct asked *asked = asked_for(plan, ways[i].point);

		if (ways[i].rank != rank || !asked || asked->how[0] || !serves(plan, &ways[i]) || !is_there(btf, &ways[i]))
			continue;
		if (!strncmp(way_name(ways[i].kind), plan->without, strlen(plan->without)) && plan->without[0])
			refuse(plan, &ways[i], "left out by the plan");
		else if (ways[i].kind == TRACEPOINT && !ways[i].module && !has_tracepoint(btf, ways[i].target))
			refuse(plan, &ways[i], "this kernel has no such tracepoint");
		else if (ways[i].kind == TRACEPOINT)
			tracepoints |= 1ULL << i;
		else
			functions |= 1ULL << i;
	}
	load_set(loaded, plan, tracepoints);
	load_set(loaded, plan, functions);
}

void load_points(struct loaded *loaded, struct plan *plan)
{
	struct btf *btf;
	char why[400];
	int err;

	btf = btf__load_vmlinux_btf();
	if (!btf) {
		refuse_all(plan, "this kernel has no type information (/sys/kernel/btf/vmlinux, CONFIG_DEBUG_INFO_BTF)");
		return;
	}
	err = make_maps(&loaded->maps, plan);
	if (err) {
		explain(why, sizeof(why), err);
		refuse_all(plan, why);
		goto out;
	}
	if (plan->stats)
		loaded->stats = bpf_enable_stats(BPF_STATS_RUN_TIME);
	if (plan->calls != RANK_USUAL)
		load_rank(loaded, plan, btf, plan->calls);
	load_rank(loaded, plan, btf, RANK_USUAL);
	load_rank(loaded, plan, btf, RANK_OTHER);
	load_rank(loaded, plan, btf, RANK_LAST);
	for (int i = 0; i < plan->n_asked; i++)
		if (plan->asked[i].point && !plan->asked[i].how[0] && !plan->asked[i].why[0])
			strcpy(plan->asked[i].why, "nothing that the plan names passes it: no KVM, no vhost, or not their modules");
	if (plan->delay_ns)
		loaded->delay_err = load_delay(loaded, plan->delay_ns);
	loaded->lost = loaded->maps.fds[LOST];
	__atomic_store_n(&loaded->maps.ring->wanted, 1, __ATOMIC_RELEASE);
out:
	btf__free(btf);
}
