// SPDX-License-Identifier: GPL-2.0-only
/** Asks whether KVM works here, by booting the guest under it, with a deadline. */

import { planGuest } from '../lab/live/guest-parts.ts';
import { HoplabError, reasonOf } from '../model/errors.ts';
import type { GuestSpec } from '../model/lab-spec.ts';
import type { Ability } from '../system/abilities.ts';
import { deadlineMs } from '../system/deadline.ts';
import { findTool } from '../system/find-tool.ts';
import { startService } from '../system/service.ts';
import { decideAccel, KVM_TRIAL_MS } from '../vmms/accel.ts';
import { vmmOf } from '../vmms/index.ts';

interface JudgeOptions {
  readonly signal: AbortSignal;
  readonly say: (line: string) => void;
}

/** Up to 6 s the first time after a boot of the machine, which is said; the verdict is remembered. */
export async function judgeAccelerator(guest: GuestSpec, { signal, say }: JudgeOptions): Promise<Ability> {
  const name = 'accelerator';
  try {
    const plan = await planGuest(guest, { name: 'doctor', slots: 0, signal });
    const setpriv = await findTool('setpriv');
    // A trial that hangs must not outlive a doctor that is killed.
    const tether = setpriv === null ? [] : [setpriv, '--pdeathsig', 'KILL', '--'];
    const {
      plan: found,
      reason,
      remembered,
    } = await decideAccel({
      vmm: vmmOf(guest.vmm),
      plan,
      signal,
      launch: (argv, options) => {
        const limit = deadlineMs(KVM_TRIAL_MS) / 1000;
        say(`doctor: boots a guest under KVM, for up to ${limit} s; the verdict is remembered until the machine boots`);
        return startService([...tether, ...argv], { ...options, logFile: null });
      },
    });
    const without = found.cpuWithout === undefined ? '' : `, without ${found.cpuWithout.join(', ')} in its CPU`;
    if (found.accel === 'kvm') return { name, state: 'yes', found: `KVM: a guest booted under it${without}`, hint: '' };
    return {
      name,
      state: 'no',
      found: `emulation (TCG): ${reason}${remembered ? ' (found earlier, since the machine booted)' : ''}`,
      hint: 'figures of an emulated guest compare paths under this emulator only',
    };
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof HoplabError)) throw error;
    return { name, state: 'open', found: `not tried: ${reasonOf(error)}`, hint: error.hint ?? 'hoplab setup' };
  }
}
