// SPDX-License-Identifier: GPL-2.0-only
/** The images of a nested host: the system, a kernel's modules, hoplab, and the initramfs that joins them to one root. */
import { readFile, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { buildCpio, type CpioEntry } from '../../src/guest/cpio.ts';
import type { GuestKernel } from '../../src/guest/guest-kernel.ts';
import { findKernel } from '../../src/guest/kernel.ts';
import { moduleNeeds, planModules, readModule, readModuleTree } from '../../src/guest/modules.ts';
import { cacheDir, SYSTEM_CACHE, writeFileAtomic } from '../../src/system/cache.ts';
import { run } from '../../src/system/exec.ts';
import { findTool } from '../../src/system/find-tool.ts';
import { builtNatives, projectRoot } from '../../src/system/paths.ts';
import { filesBelow, type ImageFile, keyOf, systemFiles, withLibraries } from './programs.ts';
import { writeImage } from './write-image.ts';

/** Part of the keys: raise it when this file puts the same inputs together differently. */
const LAYOUT = 'layout 1';
/** Scripts of the host itself. */
const OF_L1 = join(projectRoot, 'test/nested/l1');
const SCRIPTS = { setup: '/usr/lib/nested/setup', serve: '/usr/lib/nested/serve', inittab: '/etc/inittab' } as const;
const ACCOUNTS = { passwd: '/etc/passwd', group: '/etc/group', hosts: '/etc/hosts', hoplab: '/usr/local/bin/hoplab' };

const MERGED = Object.fromEntries(['bin', 'sbin', 'lib', 'lib64'].map((name) => [`/${name}`, `usr/${name}`]));

/** What the initramfs loads: disks and the file systems of its root. ext4 asks for its checksum by name. */
const BOOT_MODULES = ['virtio_pci', 'virtio_blk', 'crc32c_generic', 'ext4', 'overlay'];
/** What hoplab, its tests and those who plant faults ask a host's kernel for; what these depend on follows. */
const HOST_MODULES = [
  ...['virtio_console', 'virtio_net', '9p', '9pnet_virtio', 'kvm', 'kvm-amd', 'kvm-intel', 'vhost_net', 'vhost_vsock'],
  ...['tun', 'tap', 'veth', 'bridge', 'br_netfilter', 'macvtap', 'macvlan', 'dummy', 'ifb', '8021q', 'bonding', 'vrf'],
  ...[
    'openvswitch',
    'vport-vxlan',
    'vxlan',
    'sch_netem',
    'sch_tbf',
    'sch_htb',
    'sch_ingress',
    'sch_fq',
    'sch_fq_codel',
  ],
  ...[
    'cls_u32',
    'cls_bpf',
    'cls_matchall',
    'cls_flower',
    'act_mirred',
    'act_bpf',
    'act_gact',
    'act_csum',
    'act_police',
  ],
  ...['nf_tables', 'nft_compat', 'nft_chain_nat', 'nft_ct', 'nft_limit', 'nft_log', 'nft_reject', 'nft_reject_inet'],
  ...['nft_meta_bridge', 'nft_reject_bridge', 'nf_conntrack', 'nf_conntrack_bridge', 'nf_log_syslog', 'nft_masq'],
  ...['ip_tables', 'ip6_tables', 'iptable_filter', 'ip6table_filter', 'iptable_nat', 'iptable_mangle', 'iptable_raw'],
  ...['xt_conntrack', 'xt_tcpudp', 'xt_comment', 'xt_mark', 'xt_physdev', 'xt_statistic', 'xt_limit', 'xt_LOG'],
  ...['ebtables', 'ebtable_filter', 'ebtable_nat', 'ebtable_broute', 'ebt_ip', 'ebt_ip6', 'ebt_arp', 'ebt_mark'],
  ...['vfio', 'vfio-pci', 'vfio_iommu_type1', 'e1000e', 'e1000', 'igb', 'igbvf', 'ixgbe', 'pci-stub', 'vmxnet3'],
  ...['tcp_diag', 'inet_diag', 'udp_diag', 'netlink_diag', 'af_packet_diag', 'tls', 'msr', 'binfmt_misc', 'ptp_kvm'],
];

export interface NestedImages {
  readonly kernel: GuestKernel;
  readonly initramfs: string;
  /** In the order of the disks. */
  readonly disks: readonly string[];
}

export async function buildImages(kernel: GuestKernel, signal: AbortSignal): Promise<NestedImages> {
  const disks = [await systemImage(signal), await modulesImage(kernel, signal), await hoplabImage(signal)];
  return { kernel, initramfs: await writeInitramfs(kernel, signal), disks };
}

async function systemImage(signal: AbortSignal): Promise<string> {
  const scripts = Object.entries({ ...SCRIPTS, ...ACCOUNTS }).map(([name, to]) => ({ from: join(OF_L1, name), to }));
  const busybox = { from: (await findTool('busybox')) ?? '/bin/busybox', to: '/usr/sbin/init' };
  // The guest's kernel changes as seldom.
  const files = [...(await systemFiles()), ...scripts, busybox, ...(await guestKernelFiles(signal))];
  const finish = async (root: string) => {
    await run(['chmod', '755', ...[SCRIPTS.setup, SCRIPTS.serve, ACCOUNTS.hoplab].map((path) => join(root, path))], {
      signal,
    });
    await run(
      [
        'mkdir',
        '-p',
        ...['proc', 'sys', 'dev', 'run', 'tmp', 'root', 'share', 'mnt', 'var/log'].map((name) => join(root, name)),
      ],
      { signal },
    );
    await run(['ldconfig', '-r', root], { signal, allowFailure: true });
  };
  return writeImage(
    {
      name: 'system',
      key: await keyOf(files, LAYOUT),
      files: () => withLibraries(files, signal),
      links: MERGED,
      finish,
    },
    signal,
  );
}

async function modulesImage(kernel: GuestKernel, signal: AbortSignal): Promise<string> {
  const { modulesDir: from, release, imagePath } = kernel;
  if (from === null || release === null) throw new Error(`${kernel.source} has no modules`);
  const to = join('/usr/lib/modules', release);
  const lists = ['modules.order', 'modules.builtin', 'modules.builtin.modinfo'];
  const named = [
    ...lists.map((name) => ({ from: join(from, name), to: join(to, name) })),
    // For a guest whose NIC is a real one, which the guests' usual kernel has no driver for.
    { from: imagePath, to: join('/boot', basename(imagePath)) },
  ];
  const key = await keyOf(named, `${LAYOUT} ${HOST_MODULES.join(' ')}`);
  const finish = async (root: string) => {
    for (const file of await plannedModules(kernel, [...BOOT_MODULES, ...HOST_MODULES], signal)) {
      const target = join(root, to, file.replace(/\.(xz|zst|gz)$/, ''));
      await run(['mkdir', '-p', join(target, '..')], { signal });
      await writeFile(target, await readModule(join(from, file), signal));
    }
    await run(['ln', '-s', 'usr/lib', join(root, 'lib')], { signal });
    await run(['depmod', '-b', root, release], { signal, timeoutMs: 120_000, what: 'index the modules' });
    await run(['rm', join(root, 'lib')], { signal });
  };
  return writeImage({ name: `modules-${release}`, key, files: async () => named, finish, roomMiB: 80 }, signal);
}

/** As a package has it, with what set-up has built and fetched. */
async function hoplabImage(signal: AbortSignal): Promise<string> {
  const parts = ['bin', 'dist/src', 'native', 'src/web/assets', 'schema', 'examples', 'package.json'];
  const own = await Promise.all(
    [...parts, ...(await productionPackages())].map((part) => below(projectRoot, part, '/opt/hoplab')),
  );
  const natives = await below(join(builtNatives(), '..'), basename(builtNatives()), join(SYSTEM_CACHE, 'native'));
  const files = [...own.flat(), ...natives].filter(({ to }) => !to.endsWith('.map'));
  return writeImage({ name: 'hoplab', key: await keyOf(files, LAYOUT), files: async () => files }, signal);
}

async function productionPackages(): Promise<string[]> {
  const lock: { packages?: Record<string, { dev?: boolean; optional?: boolean }> } = JSON.parse(
    await readFile(join(projectRoot, 'package-lock.json'), 'utf8'),
  );
  return Object.entries(lock.packages ?? {}).flatMap(([path, { dev, optional }]) =>
    path === '' || dev || optional ? [] : [path],
  );
}

/** Debian's cloud kernel, as set-up has stored it. */
async function guestKernelFiles(signal: AbortSignal): Promise<ImageFile[]> {
  const { imagePath, modulesDir } = await findKernel({ kind: 'debian' }, { signal, fetch: false });
  const folder = join(imagePath, '../../..');
  const root = basename(join(imagePath, '../..'));
  const pointer = `debian-x86_64.json`;
  const to = join(SYSTEM_CACHE, 'kernels');
  const drivers = /\/(drivers\/(virtio|net|char|block|vhost|ptp)|net|lib|fs\/(fuse|9p|netfs|fscache))\//;
  const modules = modulesDir === null ? [] : await below(folder, join(root, 'lib'), to);
  return [
    { from: join(cacheDir(), 'kernels', pointer), to: join(to, pointer) },
    { from: imagePath, to: join(to, root, 'boot', basename(imagePath)) },
    ...modules.filter(({ to: path }) => !path.endsWith('.ko') || drivers.test(path)),
  ];
}

async function below(base: string, part: string, to: string): Promise<ImageFile[]> {
  const files = await filesBelow(join(base, part));
  return files.map(({ from }) => ({ from, to: join(to, from.slice(base.length)) }));
}

async function plannedModules(
  { modulesDir }: GuestKernel,
  wanted: readonly string[],
  signal: AbortSignal,
): Promise<readonly string[]> {
  if (modulesDir === null) return [];
  const tree = await readModuleTree(modulesDir);
  const has = (name: string) =>
    tree.files.has(name.replaceAll('-', '_')) || tree.builtin.has(name.replaceAll('-', '_'));
  const readNeeds = async (path: string) => moduleNeeds(await readModule(join(modulesDir, path), signal));
  return planModules(tree, wanted.filter(has), readNeeds);
}

async function writeInitramfs(kernel: GuestKernel, signal: AbortSignal): Promise<string> {
  const busybox = (await findTool('busybox')) ?? '/bin/busybox';
  const modules = await plannedModules(kernel, BOOT_MODULES, signal);
  const file = (path: string, content: Buffer, mode = 0o755): CpioEntry => ({ kind: 'file', path, mode, content });
  const contents = await Promise.all(
    modules.map(async (path, index) =>
      file(`/modules/${index}.ko`, await readModule(join(kernel.modulesDir ?? '', path), signal)),
    ),
  );
  const entries: CpioEntry[] = [
    ...['/bin', '/dev', '/proc', '/sys', '/modules', '/disks', '/new'].map(
      (path) => ({ kind: 'directory', path }) as const,
    ),
    { kind: 'device', path: '/dev/console', type: 'char', major: 5, minor: 1 },
    file('/bin/busybox', await readFile(busybox)),
    file('/init', await readFile(join(OF_L1, 'initramfs-init'))),
    ...contents,
  ];
  const path = join(cacheDir(), 'nested', `initramfs-${kernel.release}.cpio`);
  await writeFileAtomic(path, buildCpio(entries));
  return path;
}
