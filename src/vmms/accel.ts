// SPDX-License-Identifier: GPL-2.0-only
/** Decides between KVM and TCG: KVM is believed only after the guest has booted under it in time. */
import { access, constants, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Accel, hostArch } from '../guest/arch.ts';
import { HoplabError, reasonOf } from '../model/errors.ts';
import { cacheDir, isMissing, writeFileAtomic } from '../system/cache.ts';
import { run } from '../system/exec.ts';
import { type BootOptions, bootGuest } from './boot.ts';

/** A guest under working KVM answers in about a second. */
const KVM_TRIAL_MS = 6000;
const MAX_REASON_CHARS = 300;

export interface AccelVerdict {
  readonly accel: Accel;
  /** Why not KVM; null under KVM. */
  readonly reason: string | null;
  /** True: remembered from an earlier trial on this boot of the machine. */
  readonly remembered: boolean;
}

export interface AccelOptions {
  readonly vmm: BootOptions['vmm'];
  /** The guest as it will be booted; its `accel` is not looked at. */
  readonly plan: BootOptions['plan'];
  readonly launch: BootOptions['launch'];
  readonly signal: AbortSignal;
  /** True: boot again although there is a verdict. */
  readonly retry?: boolean;
}

/** Tries KVM for at most 6 s, once per boot of the machine, VMM and kernel. Never leaves the trial's guest behind. */
export async function decideAccel(options: AccelOptions): Promise<AccelVerdict> {
  const { vmm, plan, signal } = options;
  const missing = await kvmMissing(plan.arch);
  if (missing !== null) return { accel: 'tcg', reason: missing, remembered: false };

  const key = await verdictKey({ vmm, plan, signal });
  const file = join(cacheDir(), 'accel.json');
  const known = options.retry === true ? null : await readVerdict(file, key);
  if (known !== null) return { ...known, remembered: true };

  const verdict = await tryKvm(options);
  await writeFileAtomic(file, `${JSON.stringify({ key, ...verdict }, null, 2)}\n`);
  return { ...verdict, remembered: false };
}

export async function kvmMissing(arch: AccelOptions['plan']['arch']): Promise<string | null> {
  if (arch !== hostArch()) return `KVM cannot run a guest for ${arch} on this machine (${hostArch()})`;
  try {
    await access('/dev/kvm', constants.R_OK | constants.W_OK);
    return null;
  } catch (error) {
    return isMissing(error) ? 'there is no /dev/kvm' : '/dev/kvm may not be opened';
  }
}

async function tryKvm({ vmm, plan, launch, signal }: AccelOptions): Promise<Omit<AccelVerdict, 'remembered'>> {
  try {
    const trial = { ...plan, name: `${plan.name}-kvm-trial`, accel: 'kvm' as const };
    await using _guest = await bootGuest({
      vmm,
      plan: trial,
      launch,
      signal,
      timeoutMs: KVM_TRIAL_MS,
      consoleLog: null,
    });
    return { accel: 'kvm', reason: null };
  } catch (error) {
    signal.throwIfAborted();
    const why = reasonOf(error instanceof HoplabError && error.cause !== undefined ? error.cause : error);
    const reason = `/dev/kvm is there, but the guest does not boot under it: ${why}`;
    return { accel: 'tcg', reason: reason.slice(0, MAX_REASON_CHARS) };
  }
}

/** What can change the verdict: this boot of the machine, the VMM, the guest's kernel. */
async function verdictKey({ vmm, plan, signal }: Pick<AccelOptions, 'vmm' | 'plan' | 'signal'>): Promise<string> {
  const bootId = (await readFile('/proc/sys/kernel/random/boot_id', 'utf8')).trim();
  const [program = ''] = vmm.argv(plan, []);
  const { stdout } = await run([program, '--version'], { signal, what: `ask ${vmm.name} its version` });
  return [bootId, stdout.split('\n')[0] ?? '', plan.kernel].join(' | ');
}

async function readVerdict(file: string, key: string): Promise<Omit<AccelVerdict, 'remembered'> | null> {
  try {
    const raw: unknown = JSON.parse(await readFile(file, 'utf8'));
    if (typeof raw !== 'object' || raw === null) return null;
    const { key: ofKey, accel, reason } = raw as Record<string, unknown>;
    if (ofKey !== key || (accel !== 'kvm' && accel !== 'tcg')) return null;
    return { accel, reason: typeof reason === 'string' ? reason : null };
  } catch (error) {
    if (isMissing(error) || error instanceof SyntaxError) return null;
    throw error;
  }
}
