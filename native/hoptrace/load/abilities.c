// SPDX-License-Identifier: GPL-2.0-only
/* What this kernel grants to whom asks now: one program of each kind is loaded and attached, records nothing, and goes. */
#include "abilities.h"
#include "json.h"
#include "maps.h"
#include "object.h"

#include <errno.h>
#include <string.h>

static const struct { const char *kind, *program; } kinds[] = {
	{ "tp_btf", "dev_queue" },
	{ "fentry", "sock_send_tcp" },
};

static int try_program(const char *name)
{
	struct bpf_object *object = open_object(OBJECT_NAME, NULL);
	struct bpf_link *link;
	int err;

	if (!object)
		return -errno;
	choose_program(object, name);
	err = bpf_map__set_max_entries(bpf_object__find_map_by_name(object, "records"), 4096);
	if (!err)
		err = bpf_object__load(object);
	if (!err) {
		link = bpf_program__attach(bpf_object__find_program_by_name(object, name));
		if (link)
			bpf_link__destroy(link);
		else
			err = -errno;
	}
	bpf_object__close(object);
	return err;
}

int print_abilities(void)
{
	printf("{");
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		char why[MAX_WHY] = "";
		int err = try_program(kinds[i].program);

		if (err)
			explain(why, sizeof(why), err);
		printf("%s\"%s\":", i ? "," : "", kinds[i].kind);
		print_json(stdout, why, JSON_ASCII);
	}
	printf("}\n");
	return 0;
}
