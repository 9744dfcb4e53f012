// SPDX-License-Identifier: GPL-2.0-only
/** The protocol ladder behind the eBPF bridge: every rung in every mode, and the faults that its own options make. */
// @waits

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { ebpf } from '../../src/backends/ebpf/ebpf.ts';
import { climbPath } from '../../src/lab/diagnose/climb.ts';
import { runAt } from '../../src/lab/live/open.ts';
import type { ClimbedLadder, Rung } from '../../src/model/ladder.ts';
import { DIRECTIONS, type Direction, HOST2, type Where, wholeMachine } from '../../src/model/place.ts';
import { countersByName } from '../support/counters-by-name.ts';
import { needs } from '../support/needs.ts';
import { type OpenedLab, openTestLab } from '../support/opened-lab.ts';
import { smallestFailure } from '../support/smallest-failure.ts';

/** guarded is native, with the guest's MAC alone allowed, and all three ports in one VLAN. */
const LAB = `
paths:
  auto: {backend: ebpf}
  generic: {backend: ebpf, mode: generic}
  tc: {backend: ebpf, mode: tc}
  guarded: {backend: ebpf, mode: native, antiSpoof: true, vlan: 'access:10', wireVlan: 'access:10'}
  left: {backend: ebpf, checksum: leave}
  apart: {backend: ebpf, vlan: 'access:10', wireVlan: 'access:20'}
compare: {draws: 0}
guest: {accel: tcg}
`;

describe('the ladder behind the eBPF bridge', { timeout: 600_000, skip: needs('root', 'linux') }, () => {
  let opened: OpenedLab;
  const { signal } = new AbortController();

  before(async () => {
    opened = await openTestLab(LAB, signal);
  });
  after(async () => {
    await opened?.[Symbol.asyncDispose]();
  });

  function climb(name: string, direction: Direction, rungs?: readonly Rung[]): Promise<ClimbedLadder> {
    const { lab, path } = opened;
    return climbPath({ lab, path: path(name), direction, ...(rungs === undefined ? {} : { rungs }), signal });
  }

  async function counterOf(name: string, counter: string): Promise<number> {
    const { lab, path } = opened;
    const look = (argv: readonly string[], on: Where = wholeMachine(HOST2)) => runAt(lab, on, argv, signal);
    const seen = await ebpf.observe?.({ look, signal }, path(name).backendPlan);
    return countersByName(seen?.counters ?? [])[`bridge b-${name} ${counter}`] ?? 0;
  }

  for (const name of ['auto', 'generic', 'tc', 'guarded']) {
    for (const direction of DIRECTIONS) {
      it(`passes every rung on ${name} ${direction}, bulk with its content right`, async () => {
        const { rungs } = await climb(name, direction);
        const others = rungs
          .filter(({ outcome }) => outcome !== 'pass')
          .map(({ rung, outcome }) => `${rung} ${outcome}`);
        // Access ports take no tagged frames.
        assert.deepEqual(others, name === 'guarded' ? ['vlan not-applicable'] : [], JSON.stringify(rungs));
        const bulk = rungs.find(({ rung }) => rung === 'tcp-bulk');
        assert.match(bulk?.detail ?? '', /bytes each way .*content right/);
      });
    }
  }

  it('finishes checksums where frames come in natively, and nowhere else', async () => {
    const finishing = { auto: true, guarded: true, generic: false, tc: false, left: false };
    for (const [name, finishes] of Object.entries(finishing)) {
      for (const direction of DIRECTIONS) await climb(name, direction, ['udp-small']);
      for (const port of ['t', 'w', 'p'])
        assert.equal((await counterOf(name, `${port}-${name} completed`)) > 0, finishes, `${port}-${name}`);
    }
  });

  for (const direction of DIRECTIONS) {
    it(`passes echoes and no small datagram ${direction} where checksums are left alone`, async () => {
      const { rungs } = await climb('left', direction, ['icmp', 'udp-small', 'tcp-connect']);
      assert.deepEqual(
        rungs.map(({ rung, outcome }) => `${rung} ${outcome}`),
        ['icmp pass', 'udp-small fail', 'tcp-connect fail'],
      );
      assert.equal(smallestFailure(rungs)?.rung, 'udp-small');
    });
  }

  it('passes nothing between ports of different VLANs, which the bridge counts', async () => {
    const { rungs } = await climb('apart', 'guest-to-host1', ['link', 'arp']);
    assert.deepEqual(
      rungs.map(({ rung, outcome }) => `${rung} ${outcome}`),
      ['link pass', 'arp fail'],
    );
    assert.ok((await counterOf('apart', 'w-apart filtered')) > 0);
  });
});
