// SPDX-License-Identifier: GPL-2.0-only
/** Watches a machine's clock: a kernel that calibrated it wrongly makes every time wrong that is measured there. */
import { HoplabError } from '../model/errors.ts';
import { type ClockRate, type ClockReading, rateOf, rateSurelyOff } from './clock-rate.ts';
import type { Machine } from './machine.ts';

/** Of so many readings in a row the quickest counts; one of a guest takes about 0.3 ms. */
const TRIES = 3;

type Clocked = Pick<Machine, 'clock'>;

/** All readings of one machine's life. Never read while a block measures: the order for one wakes a guest. */
export class MachineClock {
  readonly #name: string;
  readonly #machine: Clocked;
  readonly #readings: ClockReading[] = [];

  constructor(name: string, machine: Clocked) {
    this.#name = name;
    this.#machine = machine;
  }

  /** Takes a reading. Throws GUEST_GONE. */
  async read(signal: AbortSignal): Promise<void> {
    this.#readings.push(await readClock(this.#machine, signal));
  }

  /** Takes a reading; the rate over the machine's life so far. Throws GUEST_CLOCK where it is surely wrong, GUEST_GONE. */
  async check(signal: AbortSignal): Promise<ClockRate | null> {
    await this.read(signal);
    const off = rateSurelyOff(this.#readings);
    if (off !== null) throw wrongClock(this.#name, off);
    return rateOf(this.#readings);
  }
}

/** The tightest of some readings in a row. Throws GUEST_GONE. */
export async function readClock(machine: Clocked, signal: AbortSignal): Promise<ClockReading> {
  let best = await machine.clock(signal);
  for (let i = 1; i < TRIES; i++) {
    const next = await machine.clock(signal);
    if (widthNs(next) < widthNs(best)) best = next;
  }
  return best;
}

function widthNs({ beforeNs, afterNs }: ClockReading): bigint {
  return afterNs - beforeNs;
}

function wrongClock(name: string, { low, high }: ClockRate): HoplabError {
  const rate = high === Number.POSITIVE_INFINITY ? low : (low + high) / 2;
  const digits = Math.abs(rate - 1) < 0.05 ? 4 : 2;
  const from = low.toFixed(digits + 1);
  const range = high === Number.POSITIVE_INFINITY ? `at least ${from}` : `${from} to ${high.toFixed(digits + 1)}`;
  return new HoplabError({
    code: 'GUEST_CLOCK',
    message:
      `compare the clock of ${name} with this machine's: it runs ${rate.toFixed(digits)} times as fast ` +
      `(${range}), and all times that were measured in this guest are wrong by that factor`,
    hint: "run again on an idle machine: the guest's kernel calibrated its clock while something else had the CPU",
  });
}
