// SPDX-License-Identifier: GPL-2.0-only
/** Waits until the link of a guest's NIC is up: a card negotiates it with its other end, which takes seconds. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Agent } from '../../guest/agent.ts';
import { HoplabError } from '../../model/errors.ts';
import { deadlineMs } from '../../system/deadline.ts';

const CARRIER_MS = 20_000;
const POLL_MS = 50;

/** Throws LAB_FAILED where it is not up in time. */
export async function waitForCarrier(
  agent: Pick<Agent, 'readFile'>,
  { device, signal, timeoutMs = CARRIER_MS }: { device: string; signal: AbortSignal; timeoutMs?: number },
): Promise<void> {
  const end = performance.now() + deadlineMs(timeoutMs);
  for (;;) {
    const carrier = (await agent.readFile(`/sys/class/net/${device}/carrier`, { signal })).toString().trim();
    if (carrier === '1') return;
    if (performance.now() > end) break;
    await delay(POLL_MS, undefined, { signal });
  }
  throw new HoplabError({
    code: 'LAB_FAILED',
    message: `bring up ${device} in the guest: its link did not come up within ${deadlineMs(timeoutMs) / 1000} s`,
    hint: 'is the cable in, and the other end up?',
  });
}
