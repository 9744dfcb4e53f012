/* SPDX-License-Identifier: GPL-2.0-only */
/* The BPF object, inside the loader: one file to carry about. */
	.section .rodata
	.balign 8
	.global bpf_object_start
bpf_object_start:
	.incbin BPF_OBJECT
	.global bpf_object_end
bpf_object_end:
	.byte 0
	.section .note.GNU-stack,"",@progbits
