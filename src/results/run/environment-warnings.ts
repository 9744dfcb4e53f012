// SPDX-License-Identifier: GPL-2.0-only
/** Warnings about the machine: an emulated guest, refused scheduling, load, stolen CPU time, vhost that was not there. */
import type { Block, GuestClockError } from '../../model/block.ts';
import type { Warning } from '../../model/result.ts';
import type { Run } from '../../run-store/read-run.ts';
import { vmmRecorded } from '../../vmms/index.ts';
import { formatCounted, formatPercentSize } from '../../words/format.ts';
import { firstGuest } from './guests-recorded.ts';

const STEAL_LIMIT = 0.01;
/** A guest's clock that is surely off by more is told; beyond 1000 its block has failed. NTP alone may make it 500. */
const CLOCK_LIMIT_PPM = 200;
/** What the plan of a path notes that wanted the kernel's vhost worker instead of the VMM's main loop, and did not get it. */
const NO_VHOST = /^vhost off: (this machine .*) \((.*)\)$/;
/** The usual reason, which is not told again. */
const NO_NODE = 'this machine has no /dev/vhost-net';

export function environmentWarnings(run: Run): Warning[] {
  return [
    ...tcg(run),
    ...cpuWithout(run),
    ...nested(run),
    ...scheduling(run.blocks),
    ...load(run),
    ...steal(run.blocks),
    ...guestClock(run.blocks),
    ...vhost(run),
  ];
}

function tcg({ environment }: Run): Warning[] {
  const guest = environment === null ? null : firstGuest(environment);
  if (guest?.accel !== 'tcg') return [];
  const { accelReason: reason } = guest;
  const why = reason === null ? '' : ` (${firstClause(reason)})`;
  const text = `emulated guest${why}: no figure here holds for KVM: hoplab doctor`;
  return [{ kind: 'tcg', text }];
}

/** Of an emulated guest more is said already. */
function nested({ environment }: Run): Warning[] {
  if (environment === null || firstGuest(environment)?.accel !== 'kvm') return [];
  const { hypervisor } = environment;
  if (hypervisor === null || hypervisor === 'none') return [];
  const text =
    `this machine is itself a virtual machine (${hypervisor}), so that its guests are nested and leave to two hypervisors: ` +
    'no figure here holds for bare metal';
  return [{ kind: 'nested', text }];
}

function cpuWithout({ environment, spec }: Run): Warning[] {
  const guest = environment === null ? null : firstGuest(environment);
  if (guest?.cpuWithout === undefined) return [];
  const { name } = vmmRecorded(guest.vmm.kind ?? spec?.guest.vmm);
  const text =
    `the guest's CPU is without ${guest.cpuWithout.join(', ')}, which ${name} could not give it here: its kernel may ` +
    'mitigate what this CPU does not need, so that no figure here holds for a guest that has it';
  return [{ kind: 'cpu-features', text }];
}

/** What the VMM and the console said is behind it, in environment.json and with `hoplab doctor`. */
function firstClause(reason: string): string {
  return reason.split(/: |; /)[0] ?? reason;
}

/** Client and server are mostly refused the same thing; that is one line. */
function scheduling(blocks: readonly Block[]): Warning[] {
  const refused = new Map<string, { readonly roles: Set<string>; count: number }>();
  for (const { client, server } of blocks) {
    for (const reason of new Set([...client.refused, ...server.refused])) {
      const entry = refused.get(reason) ?? { roles: new Set<string>(), count: 0 };
      refused.set(reason, entry);
      entry.count += 1;
      if (client.refused.includes(reason)) entry.roles.add('client');
      if (server.refused.includes(reason)) entry.roles.add('server');
    }
  }
  return [...refused].map(([reason, { roles, count }]) => ({
    kind: 'scheduling',
    text:
      `${[...roles].sort().join(' and ')} in ${count} of ${formatCounted(blocks.length, 'block')} were refused ${reason}; ` +
      "the tails hold the machine's other work too: hoplab doctor says what would grant it",
  }));
}

function load({ environment }: Run): Warning[] {
  if (environment === null) return [];
  const cpus = environment.cpu.online.length;
  const { load1 } = environment.before;
  if (load1 <= cpus) return [];
  const text = `the load was ${load1.toFixed(1)} on ${formatCounted(cpus, 'CPU')} before the run: measure again on an idle machine`;
  return [{ kind: 'load', text }];
}

function steal(blocks: readonly Block[]): Warning[] {
  const stolen = blocks.filter((block) => block.steal > STEAL_LIMIT);
  if (stolen.length === 0) return [];
  const most = Math.max(...stolen.map((block) => block.steal));
  const text =
    `up to ${formatPercentSize(most)} of this machine's CPU time went to others (steal) in ${stolen.length} of ` +
    `${formatCounted(blocks.length, 'block')}: measure again when its host is quieter`;
  return [{ kind: 'steal', text }];
}

function guestClock(blocks: readonly Block[]): Warning[] {
  const errors = blocks.flatMap(({ guestClock, guestClocks = {} }) => {
    const each = [...(guestClock === undefined ? [] : [guestClock]), ...Object.values(guestClocks)].map(leastErrorPpm);
    return each.sort((a, b) => Math.abs(b) - Math.abs(a)).slice(0, 1);
  });
  const off = errors.filter((ppm) => Math.abs(ppm) > CLOCK_LIMIT_PPM);
  const [most] = off.sort((a, b) => Math.abs(b) - Math.abs(a));
  if (most === undefined) return [];
  const text =
    `the guest's clock ran ${formatPercentSize(most / 1e6)} ${most > 0 ? 'fast' : 'slow'} in ${off.length} of ` +
    `${formatCounted(blocks.length, 'block')}, and so are all times measured in the guest: run again on an idle machine`;
  return [{ kind: 'guest-clock', text }];
}

/** The end of the interval that is nearer to 0; 0 inside it. */
function leastErrorPpm({ lowPpm, highPpm }: GuestClockError): number {
  return lowPpm > 0 ? lowPpm : Math.min(highPpm, 0);
}

function vhost(run: Run): Warning[] {
  const { environment, plan, spec } = run;
  const guest = environment === null ? null : firstGuest(environment);
  if (environment === null || environment.vhostNet || guest === null) return [];
  const used = (plan?.paths ?? []).filter(
    ({ backendPlan, twinOf }) => twinOf === null && backendPlan.notes.some((note) => NO_VHOST.test(note)),
  );
  const measured = used.filter((path) => run.blocks.some((block) => block.paths.includes(path.name)));
  if (measured.length === 0) return [];
  const names = measured
    .map((path) => path.name)
    .join(', ')
    .replace(/, ([^,]*)$/, ' and $1');
  const told = measured.flatMap(({ backendPlan }) => backendPlan.notes).find((note) => NO_VHOST.test(note)) ?? '';
  const [, why = NO_NODE, cure = 'hoplab doctor says what brings it'] = NO_VHOST.exec(told) ?? [];
  const because = why === NO_NODE ? '' : ` (${why})`;
  const { name: vmm } = vmmRecorded(guest.vmm.kind ?? spec?.guest.vmm);
  const text = `${names} ran without vhost-net${because}, through ${vmm}'s main loop, and would be faster with it: ${cure}`;
  return [{ kind: 'vhost', text }];
}
