// SPDX-License-Identifier: GPL-2.0-only
/** `hoplab shell`: a lab left open, with a shell in one of its hosts or in the guest. */

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import type { Duplex } from 'node:stream';
import { type GuestArch, hostArch } from '../guest/arch.ts';
import { HoplabError } from '../model/errors.ts';
import type { LabSpec } from '../model/lab-spec.ts';
import { type Host, isHost, type Place } from '../model/place.ts';
import type { Plan } from '../model/plan.ts';
import type { Progress } from '../model/progress.ts';
import { busyboxFor } from '../system/cross-build.ts';
import { toolCure } from '../system/cures.ts';
import { findTool } from '../system/find-tool.ts';
import { holdMachine, type MachineWish } from '../system/measuring-lock.ts';
import { Scope } from '../system/scope.ts';
import { bootPlugged } from './live/boot-plugged.ts';
import type { Guests } from './live/live-guest.ts';
import { attachWarnings, type Lab, machineAt, openLab } from './live/open.ts';
import { knownForRun } from './plan/needs.ts';
import { planLab } from './plan/plan.ts';

export interface ShellRequest extends MachineWish {
  readonly spec: LabSpec;
  readonly target: Place;
  readonly progress: Progress;
  readonly signal: AbortSignal;
}

/** ctrl-], as in telnet: leaves the guest's shell whatever state it is in. */
const ESCAPE = 0x1d;
/** What the agent writes when the shell has ended; see native/agent/guest/shell.c. */
const ENDED = Buffer.from('\0hoplab: shell ended\0');

/** Opens the lab with every NIC plugged, gives the terminal to the shell, and removes the lab when that ends. */
export async function openShell(request: ShellRequest): Promise<void> {
  const { spec, target, progress, signal } = request;
  const { facts, unavailable } = await knownForRun(spec, signal);
  const planned = planLab(spec, facts, unavailable);
  // Nothing is measured, and what runs in a shell may compute as long as its user likes: without real-time priority.
  const plan: Plan = { ...planned, placement: { ...planned.placement, fifoPriority: 0 } };
  const busybox = isHost(target) ? null : await findBusybox(spec.guest.arch);
  await using _lock = await holdMachine(request, { signal, say: progress.note });
  await using scope = new Scope();
  const logs = await mkdtemp(join(tmpdir(), 'hoplab-shell-'));
  scope.defer('remove the logs', () => rm(logs, { recursive: true, force: true }));
  const logPath = (name: string) => join(logs, `${name}.log`);
  const lab = scope.use('the lab', await openLab(plan, { id: basename(logs), signal, progress, logPath }));
  for (const { plan: path, error } of lab.failed) progress.note(`path ${path.name} is missing: ${error.message}`);
  for (const text of attachWarnings(lab)) progress.note(text);
  const booted = plan.guests === 0 ? null : await bootPlugged(lab, { busybox, progress, signal });
  if (booted !== null) scope.use('the guest', booted.session);
  for (const [path, error] of booted?.failed ?? []) progress.note(`path ${path} is missing: ${error.message}`);
  for (const line of describe(plan, lab.guests)) progress.note(line);
  if (isHost(target)) {
    await hostShell(lab, target);
    return;
  }
  const inside = lab.guests.get(target);
  if (inside === undefined) {
    throw new HoplabError({
      code: 'USAGE',
      message: 'open a shell in the guest: this lab has no path with a guest',
      hint: 'hoplab shell host2',
    });
  }
  const { agent, shell, service } = inside.guest;
  await agent.shell({ signal });
  progress.note('guest shell; ctrl-] leaves it');
  await joinTerminal(shell, service.exited, signal);
}

function describe(plan: Plan, guests: Guests): string[] {
  return plan.paths.map(({ name, wire, backendPlan }) => {
    const inGuests = [...guests].flatMap(([place, { nics }]) =>
      nics.filter(({ path }) => path === name).map(({ device }) => `${place} ${device} ${backendPlan.nic?.address}, `),
    );
    return `${name}: ${inGuests.join('')}host2 ${wire.host2.address}, host1 ${wire.host1.address} on ${wire.host1.device}`;
  });
}

async function hostShell(lab: Lab, host: Host): Promise<void> {
  const bash = await findTool('bash');
  const argv = bash === null ? ['sh'] : [bash, '--norc', '--noprofile'];
  const machine = machineAt(lab, host);
  if (machine.host === undefined) throw new Error(`${host} takes no shell`);
  await machine.host.interact(argv, { on: host, env: { ...process.env, PS1: `${host}# ` } });
}

/** Bytes both ways between our terminal and the guest's, until the shell, the guest or the user ends it. */
async function joinTerminal(shell: Duplex, gone: Promise<unknown>, signal: AbortSignal): Promise<void> {
  const { stdin, stdout } = process;
  const scope = new Scope();
  if (stdin.isTTY) {
    stdin.setRawMode(true);
    scope.defer('restore the terminal', async () => stdin.setRawMode(false));
  }
  const left = new Promise<void>((resolve) => {
    const fromUser = (chunk: Buffer) => {
      if (stdin.isTTY && chunk.includes(ESCAPE)) resolve();
      else shell.write(chunk);
    };
    // Input that ends, such as a pipe's, ends the shell as ctrl-D would.
    const inputEnd = () => shell.write('\x04');
    const fromGuest = (chunk: Buffer) => {
      const end = chunk.indexOf(ENDED);
      stdout.write(end < 0 ? chunk : chunk.subarray(0, end));
      if (end >= 0) resolve();
    };
    stdin.on('data', fromUser).once('end', inputEnd);
    shell.on('data', fromGuest);
    signal.addEventListener('abort', () => resolve(), { once: true });
    scope.defer('leave the terminal', async () => {
      stdin.off('data', fromUser).off('end', inputEnd).pause();
      shell.off('data', fromGuest);
    });
  });
  await Promise.race([left, gone]);
  await scope.close();
}

async function findBusybox(arch: GuestArch): Promise<string> {
  if (arch !== hostArch()) {
    const other = await busyboxFor(arch);
    if (other !== null) return other;
    throw new HoplabError({
      code: 'NOT_SET_UP',
      message: `open a shell in the guest: there is no static busybox for ${arch}`,
      hint: `hoplab setup --arch ${arch}`,
    });
  }
  const busybox = await findTool('busybox');
  if (busybox !== null) return busybox;
  throw new HoplabError({
    code: 'REQUIREMENT_MISSING',
    message: 'open a shell in the guest: the guest gets its commands from a static busybox, and there is none on PATH',
    hint: `${await toolCure('busybox-static')}, or look from the outside: hoplab shell host2`,
  });
}
