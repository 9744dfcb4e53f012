// SPDX-License-Identifier: GPL-2.0-only
/** Takes a BPF link away from the process that holds it, as another administrator can: its holder does not notice. */
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const exec = promisify(execFile);

/** Detaches the XDP link among the files of process argv[1] whose program is argv[2], on the device with index argv[3]. */
const SOURCE = `
#include <errno.h>
#include <linux/bpf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static long bpf(int cmd, union bpf_attr *attr)
{
	return syscall(SYS_bpf, cmd, attr, sizeof(*attr));
}

static long info_of(int fd, void *info, unsigned int size)
{
	union bpf_attr attr = { .info = { .bpf_fd = fd, .info_len = size, .info = (unsigned long)info } };

	memset(info, 0, size);
	return bpf(BPF_OBJ_GET_INFO_BY_FD, &attr);
}

int main(int argc, char **argv)
{
	int pidfd = argc == 4 ? syscall(SYS_pidfd_open, atoi(argv[1]), 0) : -1;

	for (int n = 0; pidfd >= 0 && n < 256; n++) {
		struct bpf_link_info link;
		struct bpf_prog_info program;
		char path[64], kind[64] = "";
		union bpf_attr attr = {};
		int fd, prog;

		snprintf(path, sizeof(path), "/proc/%s/fd/%d", argv[1], n);
		if (readlink(path, kind, sizeof(kind) - 1) < 0 || strcmp(kind, "anon_inode:bpf_link"))
			continue;
		fd = syscall(SYS_pidfd_getfd, pidfd, n, 0);
		if (fd < 0 || info_of(fd, &link, sizeof(link)) || link.type != BPF_LINK_TYPE_XDP ||
		    link.xdp.ifindex != (unsigned int)atoi(argv[3]))
			continue;
		attr.prog_id = link.prog_id;
		prog = bpf(BPF_PROG_GET_FD_BY_ID, &attr);
		if (prog < 0 || info_of(prog, &program, sizeof(program)) || strcmp(program.name, argv[2]))
			continue;
		memset(&attr, 0, sizeof(attr));
		attr.link_detach.link_fd = fd;
		if (!bpf(BPF_LINK_DETACH, &attr))
			return 0;
		fprintf(stderr, "detach: %s\\\\n", strerror(errno));
		return 1;
	}
	fprintf(stderr, "no such link\\\\n");
	return 1;
}
`;

/** Throws when the process holds no XDP link of that program there. Numbers of devices repeat between namespaces. */
export async function detachLink(pid: number, program: string, ifindex: number): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'hoplab-test-'));
  try {
    const source = join(folder, 'detach.c');
    await writeFile(source, SOURCE);
    await exec('cc', ['-O1', '-o', join(folder, 'detach'), source]);
    await exec(join(folder, 'detach'), [`${pid}`, program, `${ifindex}`]);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
