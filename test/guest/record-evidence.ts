// SPDX-License-Identifier: GPL-2.0-only
/**
 * Records the evidence of every fault and of every healthy backend into test/fixtures/evidence, as root:
 * node --enable-source-maps dist/test/guest/record-evidence.js [RULE...]; with rules, the faults of those alone.
 */

import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { deltasOf } from '../../src/diagnose/counters.ts';
import { parseFrame } from '../../src/frame/parse-frame.ts';
import { climbPath } from '../../src/lab/diagnose/climb.ts';
import { diagnosePath } from '../../src/lab/diagnose/diagnose-path.ts';
import { readNetworkState, readStackCounters } from '../../src/lab/diagnose/network-state.ts';
import { watchPath } from '../../src/lab/diagnose/watch-path.ts';
import type { CapturedFrame, HopCapture } from '../../src/model/capture.ts';
import type { Evidence } from '../../src/model/evidence.ts';
import type { NetworkState } from '../../src/model/network-state.ts';
import type { Direction } from '../../src/model/place.ts';
import type { PathPlan } from '../../src/model/plan.ts';
import { EVIDENCE_FOLDER, writeEvidence } from '../fixtures/recorded-evidence.ts';
import { type OpenedLab, openTestLab } from '../support/opened-lab.ts';
import { FAULT_LABS, faultLab, RUNGS } from './faults.ts';
import { detachFarEnd, REDIRECT_LAB, REDIRECT_RUNGS } from './redirect-fault.ts';

const HEALTHY = ['host', 'user', 'passt', 'tap', 'macvtap', 'ovs', 'ebpf'] as const;
const OFFLOADS = ['tx-checksumming'];
/** Multicast groups of the kernel's own. */
const GROUP = /^(33:33|01:00:5e)/;
const BYTES_COUNTED = /bytes|octets/i;
/** Of each protocol at each hop. Only rules about checksums look at frames: enough for one that repeats. */
const FRAMES = 3;
const FRAMES_ELSEWHERE = 1;
/** To the end of a TCP header over IPv6. */
const BYTES = 78;

const { signal } = new AbortController();

async function recordFault(opened: OpenedLab, name: string, direction: Direction, file: string): Promise<void> {
  const { lab, path } = opened;
  const rungs = name === 'xdp' ? REDIRECT_RUNGS : RUNGS;
  const options = { facts: lab.plan.facts, directions: [direction], rungs, keep: async () => null };
  const { evidence } = await diagnosePath({ lab, path: path(name), signal }, options);
  for (const one of evidence) await write(file, one);
}

/** What a healthy path looks like while it is watched: diagnosing it would not look so closely. */
async function recordHealthy({ lab, path: pathOf }: OpenedLab, name: string): Promise<void> {
  const path = pathOf(name);
  const at = { lab, path, signal };
  const direction = 'guest-to-host1';
  const before = await readStackCounters(at);
  const { result, captures, drops, xdp, sources } = await watchPath({
    ...at,
    work: () => climbPath({ ...at, direction }),
  });
  const deltas = deltasOf(before, await readStackCounters(at));
  const { found: state } = await readNetworkState(at);
  const { rungs: ladder, seen } = result;
  await write(`healthy-${name}`, {
    ...{ plan: path, facts: lab.plan.facts, direction, ladder, seen },
    ...{ captures, drops, xdp, deltas, state, sources },
  });
}

/** Only what a rule can ask for of this path: a lab's state is that of all its paths. */
async function write(file: string, evidence: Evidence): Promise<void> {
  const { plan, captures, deltas, drops, state, sources } = evidence;
  const { services: _, steps: __, notes: ___, warnings: ____, ...backendPlan } = plan.backendPlan;
  const small: Evidence = {
    ...evidence,
    plan: { ...plan, backendPlan: { ...backendPlan, services: [], steps: [], notes: [] } },
    captures: captures.map((capture) => fewFrames(capture, /checksum/.test(file) ? FRAMES : FRAMES_ELSEWHERE)),
    drops: drops.map(({ example: _, ...drop }) => drop),
    deltas: deltas.filter(({ key }) => !BYTES_COUNTED.test(key)),
    state: ofPath(state, plan),
    sources: sources.filter(({ kind }) => kind === 'drops'),
  };
  await writeFile(join(EVIDENCE_FOLDER, `${file}.json`), writeEvidence(small));
}

function fewFrames(capture: HopCapture, limit: number): HopCapture {
  const kept = { tcp: 0, udp: 0 };
  const frames = capture.frames.flatMap((frame): CapturedFrame[] => {
    const kind = parseFrame(frame.bytes, frame.length)?.transport?.kind;
    if ((kind !== 'tcp' && kind !== 'udp') || kept[kind]++ >= limit) return [];
    return [{ ...frame, bytes: frame.bytes.subarray(0, BYTES) }];
  });
  return { ...capture, frames };
}

function ofPath(state: NetworkState, { index, name }: PathPlan): NetworkState {
  const others = new RegExp(`\\b10\\.99\\.(?!${index}\\.)\\d+\\.`);
  const mine = (line: string) => !others.test(line);
  const related = state.devices.filter((device) => Object.keys(device.offloads).length > 0);
  const known = new Set(related.map((device) => device.name));
  return {
    ...state,
    devices: related.map((device) => ({
      ...device,
      offloads: Object.fromEntries(
        OFFLOADS.flatMap((key) => (key in device.offloads ? [[key, device.offloads[key]]] : [])),
      ),
    })) as NetworkState['devices'],
    neighbours: state.neighbours.filter(({ address }) => mine(address)),
    fdb: state.fdb
      .filter(({ port, bridge }) => known.has(port) || bridge.includes(name))
      .filter(({ mac }) => !GROUP.test(mac)),
    routes: state.routes.filter(({ value }) => mine(value)),
    addresses: state.addresses.filter(({ address }) => mine(address)),
    sysctls: state.sysctls.filter(({ value }) => value !== '0'),
  };
}

await mkdir(EVIDENCE_FOLDER, { recursive: true });
const only = process.argv.slice(2);
for (const [, all, direction] of FAULT_LABS) {
  const faults = all.filter(({ rule }) => only.length === 0 || only.includes(rule));
  if (faults.length === 0) continue;
  await using opened = await openTestLab(faultLab(faults), signal, { observe: true });
  for (const { path, rule } of faults) await recordFault(opened, path, direction, `fault-${rule}`);
}
if (only.length === 0) {
  await using opened = await openTestLab(REDIRECT_LAB, signal, { observe: true });
  await detachFarEnd(opened);
  await recordFault(opened, 'xdp', 'guest-to-host1', 'fault-redirect-refused');
}
if (only.length === 0) {
  const lab = `guest: {accel: tcg}\npaths:\n${HEALTHY.map((name) => `  ${name}: {}`).join('\n')}\ncompare: {draws: 0}\n`;
  await using opened = await openTestLab(lab, signal, { observe: true });
  for (const name of HEALTHY) await recordHealthy(opened, name);
}
