// SPDX-License-Identifier: GPL-2.0-only
/** Settings of the machine's kernel that move the latencies of its guests: KVM, huge pages, real-time throttling. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Environment } from '../model/environment.ts';

export type HostTuning = Pick<Environment, 'kvm' | 'hugePages' | 'rtThrottling'>;

/** Of the vendor's module: kvm_intel calls its virtual APIC enable_apicv, kvm_amd avic. */
const VENDOR_PARAMETERS = ['nested', 'enable_apicv', 'avic'];

export async function readHostTuning(root = '/'): Promise<HostTuning> {
  const read = (path: string) =>
    readFile(join(root, path), 'utf8').then(
      (text) => text.trim(),
      () => null,
    );
  const parameter = (module: string, name: string) => read(`sys/module/${module}/parameters/${name}`);
  // Whatever its name: kvm_intel, kvm_amd, kvm_pvm, ...
  const names = (await readdir(join(root, 'sys/module')).catch(() => [])).filter((name) => /^kvm_\w+$/.test(name));
  const modules = await Promise.all(
    names.sort().map(async (name) => {
      const told = await Promise.all(
        VENDOR_PARAMETERS.map(async (each) => [each, await parameter(name, each)] as const),
      );
      return [
        name,
        Object.fromEntries(told.flatMap(([each, value]) => (value === null ? [] : [[each, value]]))),
      ] as const;
    }),
  );
  const [haltPollNs, pages, runtime, period] = await Promise.all([
    parameter('kvm', 'halt_poll_ns'),
    read('sys/kernel/mm/transparent_hugepage/enabled'),
    read('proc/sys/kernel/sched_rt_runtime_us'),
    read('proc/sys/kernel/sched_rt_period_us'),
  ]);
  return {
    kvm: { modules: Object.fromEntries(modules), haltPollNs: haltPollNs === null ? null : Number(haltPollNs) },
    hugePages: /\[(\w+)\]/.exec(pages ?? '')?.[1] ?? null,
    rtThrottling: runtime === null ? null : runtime === '-1' ? 'off' : `${runtime} of ${period ?? 'unknown'} us`,
  };
}
