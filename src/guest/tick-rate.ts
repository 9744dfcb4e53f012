// SPDX-License-Identifier: GPL-2.0-only
/** The rate of this machine's time stamp counter, from which an emulated guest's is made. */
import { existsSync } from 'node:fs';
import { HoplabError } from '../model/errors.ts';
import { run } from '../system/exec.ts';
import { nativeBinary } from '../system/paths.ts';
import { type Accel, type GuestArch, hostArch } from './arch.ts';

/** A rate that is known less well is worth no more than the guest's own calibration on a quiet machine. */
const MAX_WIDTH = 100e-6;

interface Ticking {
  readonly arch: GuestArch;
  readonly accel: Accel;
  readonly tscKhz?: number;
}

/**
 * The plan with the rate that the guest's TSC will have, where its emulator makes that from this machine's counter: that of
 * an x86 host, and of no other. Takes 50 ms. Throws NOT_SET_UP.
 */
export async function planTickRate<P extends Ticking>(plan: P, signal: AbortSignal): Promise<P> {
  if (plan.accel !== 'tcg' || plan.arch !== 'x86_64' || hostArch() !== 'x86_64') return plan;
  const tscKhz = await measureTickKhz(signal);
  return tscKhz === null ? plan : { ...plan, tscKhz };
}

/** Whole kHz; null where this machine's counter cannot be read, or not well enough. */
export async function measureTickKhz(signal: AbortSignal): Promise<number | null> {
  const binary = nativeBinary('ticks');
  const what = "measure the rate of this machine's time stamp counter";
  if (!existsSync(binary)) {
    throw new HoplabError({ code: 'NOT_SET_UP', message: `${what}: ${binary} is not there`, hint: 'hoplab setup' });
  }
  const { stdout } = await run([binary], { signal, what });
  return parseTickKhz(stdout);
}

/** What hoplab-ticks prints. */
export function parseTickKhz(text: string): number | null {
  const { khz, lowKhz, highKhz } = JSON.parse(text) as Record<string, unknown>;
  if (khz === null) return null;
  if (typeof khz !== 'number' || typeof lowKhz !== 'number' || typeof highKhz !== 'number') {
    throw new Error(`hoplab-ticks printed no rate: ${text}`);
  }
  return khz > 0 && highKhz - lowKhz <= MAX_WIDTH * khz ? Math.round(khz) : null;
}
