// SPDX-License-Identifier: GPL-2.0-only
/** The VMM `qemu`: told over its monitor (QMP), with virtio-net NICs that come and go in root ports. */
import { HoplabError, reasonOf } from '../../model/errors.ts';
import { readThreads } from '../../system/threads.ts';
import { findVhostKernelThreads, isVhostName } from '../../system/vhost-workers.ts';
import type { PathNic, Vmm, VmmThread } from '../vmm.ts';
import { archTraits } from './arch.ts';
import { planQemuArgv, QEMU_CHANNELS } from './argv.ts';
import { qemuFirmware } from './firmware.ts';
import { macvtapMulticast } from './macvtap-multicast.ts';
import { mendRefusedMsr } from './mend.ts';
import { hasNetdev, netdevOf, nicDevice, nicId, nicNetdev } from './nic.ts';
import { QmpClient } from './qmp.ts';
import { machineWords, netdevWords } from './recorded.ts';
import { unplugNics } from './unplug.ts';
import { vfioCause } from './vfio-errors.ts';

/** kvm-nx-lpage-recovery, as far as a name goes: a thread of QEMU's from Linux 6.13 on and in later 6.12; it splits huge pages again. */
const HUGE_PAGES_THREAD = 'kvm-nx-lpage-re';

export const qemu: Vmm<QmpClient> = {
  kind: 'qemu',
  name: 'QEMU',
  requires: (arch) => [archTraits(arch).program],
  channels: QEMU_CHANNELS,

  argv: planQemuArgv,
  mend: mendRefusedMsr,

  show: (nics) => [
    'guest: booted without NICs; netdevs and NICs are added over QMP',
    ...nics.filter(hasNetdev).map((nic) => `QMP netdev_add ${JSON.stringify(nicNetdev(nic))}`),
    ...nics.map((nic) => `QMP device_add ${JSON.stringify(nicDevice(nic))}`),
  ],

  record: netdevOf,
  machineWords,
  nicWords: netdevWords,
  rules: [macvtapMulticast],
  firmware: qemuFirmware,

  connect(channels, options) {
    const monitor = channels.get('qmp');
    if (monitor === undefined) throw new Error('QEMU was started without its monitor');
    return QmpClient.connect(monitor, options);
  },

  async threads(qmp, pid, signal) {
    const vcpus = await readVcpus(qmp, signal);
    const own = (await readThreads(pid)).map(({ pid: tid, innerPid, name }): VmmThread => {
      const index = vcpus.indexOf(innerPid);
      if (index >= 0) return { tid, name, role: { kind: 'vcpu', index } };
      if (isVhostName(name)) return { tid, name, role: { kind: 'vhost' } };
      if (name === HUGE_PAGES_THREAD) return { tid, name, role: { kind: 'kernel' } };
      return { tid, name, role: { kind: tid === pid ? 'main' : 'worker' } };
    });
    if (own.some(({ role }) => role.kind === 'vhost')) return own;
    const outside = await findVhostKernelThreads(pid);
    return [...own, ...outside.map((thread): VmmThread => ({ ...thread, role: { kind: 'vhost' } }))];
  },

  plug: {
    async open(qmp, nic, signal) {
      if (!hasNetdev(nic)) return;
      const netdev = nicNetdev(nic);
      try {
        await qmp.execute('netdev_add', netdev, { signal });
      } catch (error) {
        signal.throwIfAborted();
        throw netdevError(nic, error);
      }
    },

    async insert(qmp, nic, signal) {
      if (hasNetdev(nic)) await qmp.execute('device_add', nicDevice(nic), { signal });
      else await insertDevice(qmp, nic, signal);
    },

    remove: (qmp, paths, signal) => unplugNics(qmp, paths.map(nicId), { signal }),
  },
};

/** The first of a guest pins all of its memory, which takes seconds. */
const DEVICE_ADD_MS = 30_000;

async function insertDevice(qmp: QmpClient, nic: PathNic, signal: AbortSignal): Promise<void> {
  try {
    await qmp.execute('device_add', nicDevice(nic), { signal, timeoutMs: DEVICE_ADD_MS });
  } catch (error) {
    signal.throwIfAborted();
    const known = vfioCause(reasonOf(error));
    if (known === null) throw error;
    throw new HoplabError({
      code: 'QMP_FAILED',
      message: `give the guest the device of path ${nic.path}: ${known.cause} (${reasonOf(error)})`,
      hint: known.hint,
      cause: error,
    });
  }
}

/** Threads of the vCPUs, as QEMU numbers them: in the pid namespace in which it runs. */
async function readVcpus(qmp: QmpClient, signal: AbortSignal): Promise<readonly number[]> {
  const cpus = await qmp.execute('query-cpus-fast', {}, { signal });
  if (!Array.isArray(cpus)) throw new Error('query-cpus-fast gave no list');
  return cpus.map((cpu: unknown) => {
    const id = typeof cpu === 'object' && cpu !== null && 'thread-id' in cpu ? cpu['thread-id'] : null;
    if (typeof id !== 'number') throw new Error('query-cpus-fast gave a CPU without thread-id');
    return id;
  });
}

function netdevError({ path, attachment, needs }: Omit<PathNic, 'slot'>, error: unknown): HoplabError {
  return new HoplabError({
    code: 'QMP_FAILED',
    message: `open the netdev of path ${path} (${JSON.stringify(netdevOf(attachment, needs))}): ${reasonOf(error)}`,
    hint: `hoplab run --only ${path} keeps its logs apart`,
    cause: error,
  });
}
