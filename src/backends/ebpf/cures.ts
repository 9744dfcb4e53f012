// SPDX-License-Identifier: GPL-2.0-only
/** What the bridge itself can do about a fault of its path, by the rule that finds it. */
import type { OfferedCure } from '../../model/cure.ts';
import type { BackendPlan } from '../../model/plan.ts';
import type { Options } from './options.ts';

/** A table that was too small becomes this many times larger. */
const FDB_GROWTH = 16;
const LARGEST_FDB = 4_194_304;

export function curesOf(options: Options): NonNullable<BackendPlan['cures']> {
  const { mode, checksum, antiSpoof, vlan, wireVlan, fdbSize } = options;
  const native = mode === 'auto' || mode === 'native';
  const onSkbs = to(
    'forward sk_buffs behind tc instead of frames under XDP: they keep what the kernel knows of a frame',
    {
      cost: 'an sk_buff for every frame',
      options: { mode: 'tc' },
    },
  );
  const cures = {
    'partial-checksum-lost':
      native && checksum === 'leave'
        ? [
            to('let the bridge finish the checksums of what comes in natively', {
              cost: 'CPU time in the bridge for every byte of an unfinished frame',
              options: { checksum: 'complete' },
            }),
            onSkbs,
          ]
        : [],
    'redirect-refused': native ? [onSkbs] : [],
    'anti-spoof': antiSpoof
      ? [
          to('take every source address', {
            cost: "the guest can take over other stations' addresses",
            options: { antiSpoof: false },
          }),
        ]
      : [],
    'vlan-mismatch':
      vlan === wireVlan
        ? []
        : [
            to("put the wire's port into the VLANs of the guest's", {
              cost: 'what is in that VLAN sees the path too',
              options: { wireVlan: vlan },
            }),
          ],
    'full-fdb':
      fdbSize === LARGEST_FDB
        ? []
        : [
            to('make room for more addresses', {
              cost: 'memory, some 100 bytes an address',
              options: { fdbSize: Math.min(LARGEST_FDB, fdbSize * FDB_GROWTH) },
            }),
          ],
  } satisfies Readonly<Record<string, readonly OfferedCure[]>>;
  return Object.fromEntries(Object.entries(cures).filter(([, each]) => each.length > 0));
}

function to(
  what: string,
  { cost, options }: { readonly cost: string; readonly options: Partial<Options> },
): OfferedCure {
  return { what, cost, touches: 'own', action: { kind: 'path', options } };
}
