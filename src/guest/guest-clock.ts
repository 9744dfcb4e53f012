/** Watches a guest's clock: a kernel that calibrated it wrongly makes every time wrong that is measured in that guest. */
import { HoplabError } from '../model/errors.ts';
import type { Agent } from './agent.ts';
import { type ClockRate, type ClockReading, rateOf, rateSurelyOff } from './clock-rate.ts';

/** Of so many orders in a row the quickest counts; each takes about 0.3 ms. */
const TRIES = 3;

type ClockAgent = Pick<Agent, 'clockNs'>;

/** All readings of one guest's life. Never read while a block measures: an order wakes the guest. */
export class GuestClock {
  readonly #name: string;
  readonly #agent: ClockAgent;
  readonly #readings: ClockReading[] = [];

  constructor(name: string, agent: ClockAgent) {
    this.#name = name;
    this.#agent = agent;
  }

  /** Takes a reading. Throws GUEST_GONE. */
  async read(signal: AbortSignal): Promise<void> {
    this.#readings.push(await readClock(this.#agent, signal));
  }

  /** Takes a reading; the rate over the guest's life so far. Throws GUEST_CLOCK where it is surely wrong, GUEST_GONE. */
  async check(signal: AbortSignal): Promise<ClockRate | null> {
    await this.read(signal);
    const off = rateSurelyOff(this.#readings);
    if (off !== null) throw wrongClock(this.#name, off);
    return rateOf(this.#readings);
  }
}

/** The tightest of some readings in a row. Throws GUEST_GONE. */
export async function readClock(agent: ClockAgent, signal: AbortSignal): Promise<ClockReading> {
  let best = await readOnce(agent, signal);
  for (let i = 1; i < TRIES; i++) {
    const next = await readOnce(agent, signal);
    if (widthNs(next) < widthNs(best)) best = next;
  }
  return best;
}

async function readOnce(agent: ClockAgent, signal: AbortSignal): Promise<ClockReading> {
  const hostBeforeNs = process.hrtime.bigint();
  const guestNs = await agent.clockNs({ signal });
  return { hostBeforeNs, guestNs, hostAfterNs: process.hrtime.bigint() };
}

function widthNs({ hostBeforeNs, hostAfterNs }: ClockReading): bigint {
  return hostAfterNs - hostBeforeNs;
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
