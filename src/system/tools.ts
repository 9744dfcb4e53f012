// SPDX-License-Identifier: GPL-2.0-only
/**
 * Every program that hoplab, its tests and its benches start, but for those of the backends, which declare their own,
 * and of the base system (test/support/own-path.ts names those): what is not here is not found by the test suite.
 */
import type { Requirement } from '../model/requirement.ts';
import { CROSS_TARGETS } from './cross-build.ts';
import { BPF_BUILD_REQUIREMENTS, BUILD_REQUIREMENTS } from './native-build.ts';

type Tool = Extract<Requirement, { kind: 'tool' }>;

/** What hoplab needs whatever the backend. */
export const CORE_REQUIREMENTS: readonly Tool[] = [
  ...from('iproute2', 'ip', 'bridge', 'tc'),
  ...from('util-linux', 'unshare', 'nsenter', 'setpriv', 'taskset', 'chrt'),
  ...from('mount', 'mount', 'umount'),
  ...from('procps', 'sysctl'),
  ...from('ethtool', 'ethtool'),
  // Modules of the host's own kernel may be compressed.
  ...from('xz-utils', 'xz'),
  ...from('zstd', 'zstd'),
  // What a shell in the guest gets its commands from; a measured guest has none.
  ...from('busybox-static', 'busybox'),
];

/** What is used where it is there, and which the user is told of where it is not. */
export const OPTIONAL_TOOLS: readonly Tool[] = [
  // The rules that a lab's hosts were given: where one of these is missing, a diagnosis has a source less.
  ...from('nftables', 'nft'),
  ...from('iptables', 'iptables-legacy-save', 'ip6tables-legacy-save'),
  // Hosts on other machines.
  ...from('openssh-client', 'ssh'),
  // A weekly report: its commits, and what joins a draft with what is known since.
  ...from('git', 'git'),
];

/** What a firmware is built with from a configuration of one's own, and nothing else needs. */
export const FIRMWARE_BUILD_TOOLS: readonly Tool[] = [
  ...from('gcc-aarch64-linux-gnu', 'aarch64-linux-gnu-gcc'),
  ...from('gcc', 'gcc'),
  ...from('make', 'make'),
  ...from('bison', 'bison'),
  ...from('flex', 'flex'),
  ...from('bc', 'bc'),
  ...from('bzip2', 'bzip2'),
];

/** Used where they are there, and no test needs them. */
const RARE_TOOLS: readonly Tool[] = [
  // Few kernels have its tables still.
  ...from('ebtables', 'ebtables-legacy-save'),
  // One of them sends a weekly report.
  ...from('git-email', 'git-send-email'),
  ...from('msmtp', 'msmtp'),
  ...from('msmtp-mta', 'sendmail'),
];

/** What the tests' nested host is built from, and has. */
export const NESTED_TOOLS: readonly Tool[] = [...from('e2fsprogs', 'mkfs.ext4'), ...from('kmod', 'depmod', 'modprobe')];

/** What the tests and the benches need besides: all that is optional, and their own. */
export const DEV_REQUIREMENTS: readonly Tool[] = [
  ...OPTIONAL_TOOLS,
  ...NESTED_TOOLS,
  ...from('iptables', 'iptables-legacy'),
  ...from('iproute2', 'ss', 'nstat'),
  ...from('procps', 'kill', 'pgrep'),
  ...from('util-linux', 'prlimit'),
  ...from('cpio', 'cpio'),
  // The other machine of a test.
  ...from('openssh-server', 'sshd'),
  ...from('openssh-client', 'ssh-keygen'),
  ...from('sockperf', 'sockperf'),
  ...from('netperf', 'netperf', 'netserver'),
  ...from('tshark', 'tshark', 'capinfos'),
  ...from('chromium', 'chromium'),
  ...from('python3', 'python3'),
  // Images of media are read by the tools of others.
  ...from('dosfstools', 'fsck.fat'),
  ...from('mtools', 'mcopy'),
  // Completion runs in the shells themselves.
  ...from('zsh', 'zsh'),
  ...from('fish', 'fish'),
];

/** All of them but the backends'. */
export const DECLARED_TOOLS: readonly Requirement[] = [
  ...CORE_REQUIREMENTS,
  ...BUILD_REQUIREMENTS,
  ...BPF_BUILD_REQUIREMENTS,
  ...Object.values(CROSS_TARGETS).map(({ compiler }) => compiler),
  ...RARE_TOOLS,
  ...FIRMWARE_BUILD_TOOLS,
  ...DEV_REQUIREMENTS,
];

function from(debianPackage: string, ...names: readonly string[]): Tool[] {
  return names.map((name) => ({ kind: 'tool', name, package: debianPackage, minimum: null }));
}
