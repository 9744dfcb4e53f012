// SPDX-License-Identifier: GPL-2.0-only
/** Decides between KVM and TCG: KVM is believed only after the guest has booted under it in time. */
import { access, constants, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { type Accel, hostArch } from '../guest/arch.ts';
import { HoplabError, reasonOf } from '../model/errors.ts';
import { cacheDir, isMissing, writeFileAtomic } from '../system/cache.ts';
import { deadlineMs } from '../system/deadline.ts';
import { run } from '../system/exec.ts';
import { findTool } from '../system/find-tool.ts';
import { type BootOptions, bootGuest } from './boot.ts';
import type { GuestPlan } from './vmm.ts';

/** A guest under working KVM answers in about a second. */
export const KVM_TRIAL_MS = 6000;
const MAX_REASON_CHARS = 300;
const KVM_DEVICE = '/dev/kvm';

export interface AccelVerdict {
  /** The guest as it is to be booted. */
  readonly plan: GuestPlan;
  /** Why not KVM; null under KVM. */
  readonly reason: string | null;
  /** True: remembered from an earlier trial on this boot of the machine. */
  readonly remembered: boolean;
}

export interface AccelOptions {
  readonly vmm: BootOptions['vmm'];
  /** The guest as it will be booted; its `accel` is not looked at. */
  readonly plan: GuestPlan;
  readonly launch: BootOptions['launch'];
  readonly signal: AbortSignal;
  /** True: boot again although there is a verdict. */
  readonly retry?: boolean;
  /** Default /dev/kvm. */
  readonly device?: string;
  /** Default 6 s. */
  readonly timeoutMs?: number;
}

/** What a trial found, as it is remembered. */
interface Finding {
  readonly accel: Accel;
  readonly reason: string | null;
  /** Features that the guest's CPU had to do without. */
  readonly cpuWithout: readonly string[];
}

/**
 * Tries KVM for at most 6 s, once per boot of the machine, VMM, guest's machine and kernel; a trial that took too long
 * says nothing of the next one, and is not remembered. Never leaves the trial's guest behind.
 */
export async function decideAccel(options: AccelOptions): Promise<AccelVerdict> {
  const { vmm, plan, signal, device = KVM_DEVICE } = options;
  const missing = await kvmMissing(plan.arch, device);
  if (missing !== null) return { plan: { ...plan, accel: 'tcg' }, reason: missing, remembered: false };

  const file = join(cacheDir(), 'accel.json');
  const [bootId, key] = await Promise.all([readBootId(), keyOf({ vmm, plan, signal })]);
  const verdicts = await readVerdicts(file, bootId);
  const known = options.retry === true ? undefined : verdicts[key];
  if (known !== undefined) return verdictOf(plan, known, true);

  const { finding, late } = await tryKvm(options);
  if (!late) {
    const all = { bootId, verdicts: { ...verdicts, [key]: finding } };
    await writeFileAtomic(file, `${JSON.stringify(all, null, 2)}\n`);
  }
  return verdictOf(plan, finding, false);
}

function verdictOf(plan: GuestPlan, { accel, reason, cpuWithout }: Finding, remembered: boolean): AccelVerdict {
  return { plan: { ...plan, accel, ...(cpuWithout.length === 0 ? {} : { cpuWithout }) }, reason, remembered };
}

export async function kvmMissing(arch: GuestPlan['arch'], device: string = KVM_DEVICE): Promise<string | null> {
  if (arch !== hostArch()) return `KVM cannot run a guest for ${arch} on this machine (${hostArch()})`;
  try {
    await access(device, constants.R_OK | constants.W_OK);
    return null;
  } catch (error) {
    return isMissing(error) ? 'there is no /dev/kvm' : '/dev/kvm may not be opened';
  }
}

async function tryKvm(options: AccelOptions): Promise<{ readonly finding: Finding; readonly late: boolean }> {
  const { vmm, plan, launch, signal, timeoutMs = KVM_TRIAL_MS } = options;
  const started = performance.now();
  try {
    const trial = { ...plan, name: `${plan.name}-kvm-trial`, accel: 'kvm' as const };
    await using guest = await bootGuest({ vmm, plan: trial, launch, signal, timeoutMs, consoleLog: null });
    return { finding: { accel: 'kvm', reason: null, cpuWithout: guest.cpuWithout }, late: false };
  } catch (error) {
    signal.throwIfAborted();
    const late = performance.now() - started >= deadlineMs(timeoutMs);
    const why = reasonOf(error instanceof HoplabError && error.cause !== undefined ? error.cause : error);
    const what = late ? 'did not boot under it in time, and is tried again the next time' : 'does not boot under it';
    const reason = `/dev/kvm is there, but the guest ${what}: ${why}`.slice(0, MAX_REASON_CHARS);
    return { finding: { accel: 'tcg', reason, cpuWithout: [] }, late };
  }
}

async function readBootId(): Promise<string> {
  return (await readFile('/proc/sys/kernel/random/boot_id', 'utf8')).trim();
}

/** What can change the verdict on one boot of the machine: the VMM, the machine and CPU that it is asked for, the kernel. */
async function keyOf({ vmm, plan, signal }: Pick<AccelOptions, 'vmm' | 'plan' | 'signal'>): Promise<string> {
  const argv = vmm.argv({ ...plan, accel: 'kvm' }, []);
  const [program = ''] = argv;
  const { stdout } = await run([program, '--version'], { signal, what: `ask ${vmm.name} its version` });
  const path = (await findTool(program)) ?? program;
  return [path, stdout.split('\n')[0] ?? '', ...vmm.machineWords(argv), plan.kernel].join(' | ');
}

/** Those of this boot; none where the file is missing, damaged, or of another boot or an older hoplab. */
async function readVerdicts(file: string, bootId: string): Promise<Readonly<Record<string, Finding>>> {
  try {
    const known = verdictsSchema.safeParse(JSON.parse(await readFile(file, 'utf8')));
    return known.success && known.data.bootId === bootId ? known.data.verdicts : {};
  } catch (error) {
    if (isMissing(error) || error instanceof SyntaxError) return {};
    throw error;
  }
}

const verdictsSchema = z.object({
  bootId: z.string(),
  verdicts: z.record(
    z.string(),
    z.object({
      accel: z.enum(['kvm', 'tcg']),
      reason: z.string().nullable(),
      cpuWithout: z.array(z.string()),
    }),
  ),
});
