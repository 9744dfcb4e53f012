// SPDX-License-Identifier: GPL-2.0-only
/** The offload switches of a device, as `ethtool -k` prints them. */
import type { OffloadStates } from '../model/environment.ts';

/** Runs a command where the device is (a namespace of the lab) and gives its stdout. */
export type Look = (argv: readonly string[]) => Promise<string>;

/** The offloads of a device. A device that ethtool does not know throws what `look` throws. */
export async function readOffloads(look: Look, device: string): Promise<OffloadStates> {
  return parseOffloads(await look(['ethtool', '-k', device]));
}

/** "tx-checksumming: on" -> true; "[fixed]" and "[requested on]" are not kept: what counts is what is in force. */
export function parseOffloads(text: string): OffloadStates {
  const states: Record<string, boolean> = {};
  for (const line of text.split('\n')) {
    const match = /^\s*([a-z0-9-]+):\s+(on|off)\b/.exec(line);
    if (match?.[1] !== undefined) states[match[1]] = match[2] === 'on';
  }
  return states;
}
