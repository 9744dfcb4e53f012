// SPDX-License-Identifier: GPL-2.0-only
/* Names of what the kernel counts by number, from the kernel's own types, so that they are right on every kernel. */
#include "loader.h"

#include <errno.h>
#include <linux/bpf.h>
#include <stdlib.h>
#include <string.h>

#define SUBSYSTEM_SHIFT 16

/* The enumerator with this value. Enums of 64 bits hold none of these. */
static const char *enumerator(const struct btf *btf, const struct btf_type *type, __u32 value)
{
	const struct btf_enum *one = btf_enum(type);

	for (int i = 0; i < btf_vlen(type); i++)
		if ((__u32)one[i].val == value)
			return btf__name_by_offset(btf, one[i].name_off);
	return NULL;
}

static const char *in_enum(const struct btf *btf, const char *name, __u32 value)
{
	int id = btf ? btf__find_by_name_kind(btf, name, BTF_KIND_ENUM) : -ENOENT;

	return id < 0 ? NULL : enumerator(btf, btf__type_by_id(btf, id), value);
}

/* A subsystem has an enum of its own, which may be a module's: ovs_drop_reason of openvswitch. */
static const char *in_drop_enums(const struct btf *btf, __u32 from, __u32 value)
{
	for (__u32 id = from; btf && id < btf__type_cnt(btf); id++) {
		const struct btf_type *type = btf__type_by_id(btf, id);
		const char *name = btf_is_enum(type) ? btf__name_by_offset(btf, type->name_off) : "";
		const char *tail = strstr(name, "drop_reason");
		const char *found = tail && !strcmp(tail, "drop_reason") ? enumerator(btf, type, value) : NULL;

		if (found)
			return found;
	}
	return NULL;
}

static const char *without(const char *name, const char *prefix)
{
	return strncmp(name, prefix, strlen(prefix)) ? name : name + strlen(prefix);
}

static const char *subsystem_reason(const struct btf *btf, __u32 reason)
{
	static char text[96];
	char module[64];
	const char *subsystem = in_enum(btf, "skb_drop_reason_subsys", reason >> SUBSYSTEM_SHIFT), *found;
	size_t used = 0;

	if (!subsystem) {
		snprintf(text, sizeof(text), "REASON_%#x", reason);
		return text;
	}
	subsystem = without(subsystem, "SKB_DROP_REASON_SUBSYS_");
	found = in_drop_enums(btf, 1, reason);
	if (!found) {
		struct btf *of_module;

		for (; subsystem[used] && used < sizeof(module) - 1; used++)
			module[used] = subsystem[used] | 0x20;
		module[used] = 0;
		of_module = btf__load_module_btf(module, (struct btf *)btf);
		/* Kept until the end: the name lies in it. */
		found = libbpf_get_error(of_module) ? NULL : in_drop_enums(of_module, btf__type_cnt(btf), reason);
	}
	if (found)
		return found;
	snprintf(text, sizeof(text), "%s_%u", subsystem, reason & ((1 << SUBSYSTEM_SHIFT) - 1));
	return text;
}

const char *reason_name(const struct btf *btf, __u32 reason)
{
	static char text[32];
	const char *name;

	if (reason >> SUBSYSTEM_SHIFT)
		return subsystem_reason(btf, reason);
	name = in_enum(btf, "skb_drop_reason", reason);
	if (name)
		return without(without(name, "SKB_DROP_REASON_"), "SKB_");
	/* A kernel before 5.17 gives no reasons. */
	if (!reason)
		return "NOT_SPECIFIED";
	snprintf(text, sizeof(text), "REASON_%u", reason);
	return text;
}

const char *action_name(__u32 action)
{
	static char text[32];
	static const char *const names[] = {
		[XDP_ABORTED] = "ABORTED", [XDP_DROP] = "DROP", [XDP_PASS] = "PASS", [XDP_TX] = "TX",
		[XDP_REDIRECT] = "REDIRECT",
	};

	if (action < sizeof(names) / sizeof(names[0]))
		return names[action];
	snprintf(text, sizeof(text), "INVALID_%u", action);
	return text;
}

const char *errno_name(int err)
{
	const char *name = err ? strerrorname_np(abs(err)) : "NO_ERROR";

	return name ? name : "UNKNOWN";
}

/* -1: this kernel has no such tracepoint. Its type is a pointer to a function whose first argument is not the event's. */
int count_arguments(const struct btf *btf, const char *tracepoint)
{
	const struct btf_type *type;
	char name[64];
	int id;

	snprintf(name, sizeof(name), "btf_trace_%s", tracepoint);
	id = btf__find_by_name_kind(btf, name, BTF_KIND_TYPEDEF);
	if (id < 0)
		return -1;
	type = btf__type_by_id(btf, btf__type_by_id(btf, id)->type);
	if (type && btf_is_ptr(type))
		type = btf__type_by_id(btf, type->type);
	return type && btf_is_func_proto(type) ? btf_vlen(type) - 1 : -1;
}
