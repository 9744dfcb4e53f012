/* SPDX-License-Identifier: GPL-2.0-only */
/* The BPF object inside a tool's binary, and why the kernel refused something of it. */
#ifndef HOPLAB_OBJECT_H
#define HOPLAB_OBJECT_H

#include <bpf/libbpf.h>
#include <stdbool.h>
#include <stddef.h>

/* Opens the object under a name of at most 15 characters; from another file, if one is given. NULL: errno says why. */
struct bpf_object *open_object(const char *name, const char *file);
/* Of its programs only this one is to be loaded; NULL: none. */
void choose_program(struct bpf_object *object, const char *name);

/* One line of why, since the last open_object(): the verifier's last word, else libbpf's, else the errno's. */
void explain(char *why, size_t size, int err);
/* The last lines of what was said, up to the verifier's summary; "" = nothing was. */
const char *last_said(int lines);

#endif
