// SPDX-License-Identifier: GPL-2.0-only
/** What native XDP does to an unfinished checksum, in words: for the plan and for the report. */
import type { Options } from './options.ts';

const LOST =
  'native XDP drops the mark of an unfinished checksum, and TCP and UDP fail unless guest and host1 finish their own';

/** On sk_buffs the mark stays with the frame, and the kernel finishes the checksum where it must. */
function isOnSkbs({ mode }: Pick<Options, 'mode'>): boolean {
  return mode === 'tc' || mode === 'generic';
}

export function completingNotes(options: Pick<Options, 'mode' | 'checksum'>): string[] {
  if (options.checksum === 'leave' || isOnSkbs(options)) return [];
  return [
    "the bridge finishes checksums as frames come in: the guest's at the tap, and host1's at the wire, a veth, where a NIC on a cable would have done it (--no-cure shows the fault)",
  ];
}

export function leavingWarnings(options: Pick<Options, 'mode' | 'checksum'>): string[] {
  if (options.checksum === 'complete' || isOnSkbs(options)) return [];
  return [`not cured, by option: ${LOST}`];
}
