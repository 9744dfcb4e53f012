// SPDX-License-Identifier: GPL-2.0-only
/** A source of evidence in words. */
import type { SourceId } from '../model/source.ts';

/** "drop reasons (skb:kfree_skb) of host2 and host1", "frames at tap (host2 t-tap)". */
export function sourceText({ kind, places, of, device }: SourceId): string {
  const where = places.join(' and ');
  switch (kind) {
    case 'frames':
      return `frames at ${of} (${[where === '' ? 'VMM' : where, device].filter((word) => word !== null).join(' ')})`;
    case 'drops':
      return `drop reasons (${of}) of ${where}`;
    case 'uncounted':
      return `counts of ${where}`;
    case 'xdp':
      return `${of} of ${where}`;
    case 'data-path':
      return `data path of ${of}`;
    case 'offloads':
      return device === null ? `offloads of ${where}` : `offloads of ${device} of ${where}`;
    case 'vlans':
      return `VLANs of ${where}`;
    case 'rules-of-routing':
      return `special routes of ${where}`;
    case 'firewall':
      return `firewall (${of}) of ${where}`;
    case 'other':
      return of ?? '';
    default:
      return `${kind} of ${where}`;
  }
}
