// SPDX-License-Identifier: GPL-2.0-only
/** What lets a bridge port forward that the spanning tree protocol holds back. Pure. */
import type { OfferedCure } from '../model/cure.ts';
import type { LabCommand } from '../model/lab-spec.ts';
import type { DeviceView } from '../model/network-state.ts';

/** The least that the kernel takes while STP runs (BR_MIN_FORWARD_DELAY), in its hundredths of a second. */
const LEAST_DELAY = 200;

/** Whether STP decides on the port: its state cannot be set by hand then ("Device or resource busy"). */
export function runsStp({ up, carrier, stp }: DeviceView): boolean {
  return up && carrier && stp !== undefined;
}

/**
 * For ports that STP holds back, among all of the path; a port that closes a loop is not made to forward. Ports that forward
 * by now waited as well, and will again.
 */
export function stpCures(held: readonly DeviceView[], onPath: readonly DeviceView[]): OfferedCure[] {
  const waiting = held.filter(({ stp }) => (stp?.leftMs ?? 0) > 0);
  const [first] = waiting;
  if (first === undefined) return held.length === 0 ? [] : [takeLoopAway(held)];
  const left = Math.max(...waiting.map(({ stp }) => stp?.leftMs ?? 0));
  const delay = first.stp?.forwardDelayMs ?? 0;
  const bridges = [...new Set(waiting.flatMap(({ master }) => master ?? []))];
  const ports = onPath.filter((port) => runsStp(port) && port.master !== null && bridges.includes(port.master));
  const set = (words: readonly string[]) =>
    bridges.flatMap((bridge) => at(first, 'ip', 'link', 'set', 'dev', bridge, 'type', 'bridge', ...words));
  return [
    {
      what: `wait: a port forwards ${seconds(2 * delay)} after it joins, ${seconds(left)} after this was seen`,
      cost: 'the wait, whenever a port joins',
      touches: 'own',
      action: { kind: 'advice' },
    },
    {
      what: 'switch STP off at the bridge',
      cost: 'a loop through this bridge is no longer broken',
      touches: 'machine',
      action: {
        kind: 'path',
        commands: [...set(['stp_state', '0']), ...joinAgain(ports)],
      },
    },
    ...(delay > LEAST_DELAY * 10 ? [shorten(ports, set(['forward_delay', `${LEAST_DELAY}`]))] : []),
  ];
}

function shorten(ports: readonly DeviceView[], commands: readonly LabCommand[]): OfferedCure {
  return {
    what: `shorten the wait to ${seconds(2 * LEAST_DELAY * 10)}, the least that STP takes`,
    cost: 'in a large network a loop may stand for a moment while the tree changes',
    touches: 'machine',
    action: {
      kind: 'path',
      commands: [...commands, ...joinAgain(ports)],
    },
  };
}

/** A timer that runs keeps its length, whatever the bridge is told: the ports begin anew. */
function joinAgain(ports: readonly DeviceView[]): LabCommand[] {
  const set = (port: DeviceView, way: 'down' | 'up') => at(port, 'ip', 'link', 'set', 'dev', port.name, way);
  return [...ports.flatMap((port) => set(port, 'down')), ...ports.flatMap((port) => set(port, 'up'))];
}

function takeLoopAway(held: readonly DeviceView[]): OfferedCure {
  const words = held.map(({ name }) => `bridge link set dev ${name} cost 1`).join('; ');
  return {
    what: `take the other way out of the loop, or let STP prefer this one: ${words}`,
    cost: 'another port of the loop stops forwarding',
    touches: 'others',
    action: { kind: 'advice' },
  };
}

function at({ place }: DeviceView, ...run: readonly string[]): LabCommand[] {
  return place === 'guest' ? [] : [{ on: place, run }];
}

function seconds(ms: number): string {
  return `${Math.ceil(ms / 1000)} s`;
}
