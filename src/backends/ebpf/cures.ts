/** What the bridge itself can do about a fault, by the rule that finds it; the cheapest first. */
import type { Cure } from '../../model/diagnosis.ts';
import type { Options } from './options.ts';

const ROOM = 16;

export function bridgeCures({ mode, checksum, fdbSize }: Options): Readonly<Record<string, readonly Cure[]>> {
  const skbs: Cure = {
    what: 'forward sk_buffs behind tc instead of frames under XDP: they keep the mark',
    cost: 'an sk_buff for every frame',
    action: { kind: 'path', options: { mode: 'tc' } },
  };
  const complete: Cure = {
    what: 'let the bridge complete the checksum of every frame that comes in natively',
    cost: 'the bridge reads every byte that the guest sends',
    action: { kind: 'path', options: { checksum: 'complete' } },
  };
  const change = (what: string, cost: string, options: Partial<Options>): readonly Cure[] => [
    { what, cost, action: { kind: 'path', options } },
  ];
  return {
    'partial-checksum-lost': [...(checksum === 'leave' ? [complete] : []), ...(mode === 'tc' ? [] : [skbs])],
    'redirect-refused': mode === 'tc' ? [] : [skbs],
    'anti-spoof': change('take every source address', 'the guest may send under any', { antiSpoof: false }),
    'vlan-mismatch': change('take every VLAN on both ports', 'VLANs are no longer kept apart', {
      vlan: 'any',
      wireVlan: 'any',
    }),
    'full-fdb': change('make room for more addresses', '24 bytes of memory an address and more', {
      fdbSize: Math.min(4_194_304, fdbSize * ROOM),
    }),
  };
}
