// SPDX-License-Identifier: GPL-2.0-only
/** What brings the devices of a path to one MTU. Pure. */
import type { OfferedCure } from '../model/cure.ts';
import type { LabCommand } from '../model/lab-spec.ts';
import type { DeviceView } from '../model/network-state.ts';
import { HOST1, HOST2 } from '../model/place.ts';

export interface Mtus {
  /** Those of the path. */
  readonly devices: readonly DeviceView[];
  /** Those that take the least, without the bridges that only follow their ports. */
  readonly narrow: readonly DeviceView[];
  readonly smallest: number;
  readonly largest: number;
  /** host1's end of the wire. */
  readonly farDevice: string;
}

/** The guest's side first, what lies between the ends next, what other machines must do too last. */
export function mtuCures({ devices, narrow, smallest, largest, farDevice }: Mtus): OfferedCure[] {
  const guest = devices.find(({ place }) => place === 'guest')?.mtu ?? largest;
  const far = devices.find(({ place, name }) => place === HOST1 && name === farDevice)?.mtu ?? largest;
  const between = devices.filter(({ place }) => place === HOST2).map(({ mtu }) => mtu);
  const ends = Math.min(guest, far);
  const odd = narrow.filter(({ place }) => place === HOST2);
  return [
    ...(guest > far && between.every((mtu) => mtu >= far) ? [guestTakes(far, 'none: nothing larger passes now')] : []),
    ...(guest < far && between.every((mtu) => mtu >= far) ? [guestTakes(far, 'none')] : []),
    ...(smallest < ends && odd.length > 0 ? [raise(odd, ends)] : []),
    ...(smallest < far ? [lowerEnds(smallest, farDevice)] : []),
    ...(guest !== far ? [raiseAll(devices, largest)] : []),
  ];
}

function guestTakes(mtu: number, cost: string): OfferedCure {
  return {
    what: `give the guest the MTU ${mtu}: host_mtu=${mtu} at its NIC, or ip link set mtu ${mtu} in the guest`,
    cost,
    touches: 'own',
    action: { kind: 'path', options: { nic: { host_mtu: mtu } } },
  };
}

function raise(odd: readonly DeviceView[], mtu: number): OfferedCure {
  const names = odd.map(({ place, name }) => `${place} ${name}`).join(' and ');
  return {
    what: `give ${names} the MTU ${mtu} that both ends have`,
    cost: 'none, where what carries them takes it; a tunnel may not',
    touches: 'machine',
    action: { kind: 'path', commands: odd.flatMap((device) => setMtu(device, mtu)) },
  };
}

function lowerEnds(mtu: number, farDevice: string): OfferedCure {
  return {
    what: `give both ends the MTU ${mtu}: in the guest ip link set mtu ${mtu}, or host_mtu=${mtu} at its NIC`,
    cost: 'more packets for the same bytes, and every machine that talks to the guest must take part',
    touches: 'others',
    action: {
      kind: 'path',
      options: { nic: { host_mtu: mtu } },
      commands: [{ on: HOST1, run: ['ip', 'link', 'set', 'dev', farDevice, 'mtu', `${mtu}`] }],
    },
  };
}

function raiseAll(devices: readonly DeviceView[], mtu: number): OfferedCure {
  const small = devices.filter((device) => device.mtu < mtu);
  const nic = small.some(({ place }) => place === 'guest') ? { options: { nic: { host_mtu: mtu } } } : {};
  return {
    what: `give every device of the segment the MTU ${mtu}`,
    cost: 'touches every device on the segment: a machine or a switch there that is left out loses what is larger',
    touches: 'others',
    action: { kind: 'path', ...nic, commands: small.flatMap((device) => setMtu(device, mtu)) },
  };
}

function setMtu({ place, name }: DeviceView, mtu: number): LabCommand[] {
  return place === 'guest' ? [] : [{ on: place, run: ['ip', 'link', 'set', 'dev', name, 'mtu', `${mtu}`] }];
}
