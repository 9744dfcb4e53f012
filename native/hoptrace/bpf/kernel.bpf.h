/* SPDX-License-Identifier: GPL-2.0-only */
/* The fields of kernel structures that the programs read; where they lie is found by BTF when the object is loaded. */
#ifndef HOPLAB_HOPTRACE_KERNEL_BPF_H
#define HOPLAB_HOPTRACE_KERNEL_BPF_H

#include <linux/bpf.h>
#include <linux/types.h>
#include <stdbool.h>
#include <stddef.h>

#define KERNEL __attribute__((preserve_access_index))

struct ns_common { unsigned int inum; } KERNEL;
struct net { struct ns_common ns; } KERNEL;
typedef struct { struct net *net; } possible_net_t;
struct net_device { int ifindex; possible_net_t nd_net; } KERNEL;

struct in6_addr { union { __u32 u6_addr32[4]; } in6_u; } KERNEL;
struct sock_common {
	__be32 skc_daddr, skc_rcv_saddr;
	__be16 skc_dport;
	__u16 skc_num;
	unsigned short skc_family;
	possible_net_t skc_net;
	struct in6_addr skc_v6_daddr, skc_v6_rcv_saddr;
} KERNEL;
struct sock { struct sock_common __sk_common; __u16 sk_protocol; } KERNEL;
struct tcp_sock { __u32 copied_seq, rcv_nxt, write_seq; } KERNEL;
struct socket { struct sock *sk; } KERNEL;

struct sk_buff {
	struct net_device *dev;
	struct sock *sk;
	unsigned int len;
	__u16 network_header;
	unsigned int tail, end;
	unsigned char *head, *data;
} KERNEL;
struct msghdr { void *msg_control; } KERNEL;
struct xdp_buff { void *data, *data_end; } KERNEL;
struct skb_shared_info { unsigned short gso_size; } KERNEL;

struct inode { unsigned short i_mode; } KERNEL;
struct file { struct inode *f_inode; void *private_data; } KERNEL;
struct fdtable { unsigned int max_fds; struct file **fd; } KERNEL;
struct files_struct { struct fdtable *fdt; } KERNEL;
struct nsproxy { struct net *net_ns; } KERNEL;
struct task_struct {
	int pid, tgid;
	char comm[16];
	struct nsproxy *nsproxy;
	struct files_struct *files;
} KERNEL;
struct irqaction;
struct bpf_prog;

/* The arguments and the number of a system call, as they are at its entry and still at its exit. */
#if defined(TARGET_x86_64)
struct pt_regs { unsigned long di, si, dx, r10, r8, orig_ax; } KERNEL;
#define CALL_ARG1(regs) ((regs)->di)
#define CALL_ARG2(regs) ((regs)->si)
#define CALL_ARG3(regs) ((regs)->dx)
#define CALL_ARG4(regs) ((regs)->r10)
#define CALL_ARG5(regs) ((regs)->r8)
#define CALL_NUMBER(regs) ((long)(regs)->orig_ax)
#define FUNCTION_ARG1(regs) ((regs)->di)
#define CALL_FUNCTION(name) "__x64_sys_" #name
#elif defined(TARGET_aarch64)
struct pt_regs { __u64 regs[31]; __u64 orig_x0; __s32 syscallno; } KERNEL;
#define CALL_ARG1(regs) ((regs)->orig_x0)
#define CALL_ARG2(regs) ((regs)->regs[1])
#define CALL_ARG3(regs) ((regs)->regs[2])
#define CALL_ARG4(regs) ((regs)->regs[3])
#define CALL_ARG5(regs) ((regs)->regs[4])
#define CALL_NUMBER(regs) ((long)(regs)->syscallno)
#define FUNCTION_ARG1(regs) ((regs)->regs[0])
#define CALL_FUNCTION(name) "__arm64_sys_" #name
#else
#error "the registers of a system call's arguments on this architecture are not known"
#endif

#endif
