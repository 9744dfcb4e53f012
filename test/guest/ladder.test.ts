// SPDX-License-Identifier: GPL-2.0-only
/** The protocol ladder on every backend of a real lab with one guest, in every direction. */
// @alone

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { climbPath } from '../../src/lab/diagnose/climb.ts';
import { runAt } from '../../src/lab/live/open.ts';
import { type ClimbedLadder, RUNGS, type Rung, type RungResult } from '../../src/model/ladder.ts';
import { DIRECTIONS, type Direction, HOST2, wholeMachine } from '../../src/model/place.ts';
import { needs } from '../support/needs.ts';
import { type OpenedLab, openTestLab } from '../support/opened-lab.ts';
import { smallestFailure } from '../support/smallest-failure.ts';
import { startWatch } from '../support/unstalled.ts';

const LAB = `
paths:
  host: {}
  user: {}
  passt: {}
  tap: {}
  macvtap: {}
  ovs: {}
  ebpf: {}
  bare: {backend: ovs, cure: false}
  leaving: {backend: ebpf, checksum: leave}
compare: {draws: 0}
guest: {accel: tcg}
`;

/** What a NAT in the VMM carries from end to end; all other paths carry every rung. */
const THROUGH_NAT: Readonly<Record<string, Readonly<Record<Direction, readonly Rung[]>>>> = {
  user: {
    'guest-to-host1': ['link', 'icmp', 'udp-small', 'udp-large', 'tcp-connect', 'tcp-small', 'tcp-bulk'],
    'host1-to-guest': ['link', 'udp-small', 'udp-large', 'tcp-connect', 'tcp-small', 'tcp-bulk'],
    'guest-to-host2': ['link', 'udp-small', 'udp-large', 'tcp-connect', 'tcp-small', 'tcp-bulk'],
  },
  passt: {
    'guest-to-host1': ['link', 'icmp', 'udp-small', 'tcp-connect', 'tcp-small', 'tcp-bulk'],
    'host1-to-guest': ['link', 'udp-small', 'tcp-connect', 'tcp-small', 'tcp-bulk'],
    'guest-to-host2': ['link', 'udp-small', 'tcp-connect', 'tcp-small', 'tcp-bulk'],
  },
};

/** What passes where partial checksums are lost: no checksum of TCP or UDP, or one that the kernel sums itself, as it does for fragments. */
const SUMMED_IN_SOFTWARE: readonly Rung[] = ['link', 'arp', 'icmp', 'udp-large', 'mtu', 'vlan', 'nd', 'ipv6'];

/** What fails there: several packets each, since one in 65,535 has the right sum by chance. */
const NEVER_SUMMED: readonly Rung[] = ['udp-small', 'tcp-connect', 'tcp-small', 'tcp-bulk', 'ipv6-tcp'];

describe('the ladder in a lab with a guest', { timeout: 600_000, skip: needs('root', 'linux') }, () => {
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

  for (const name of ['host', 'user', 'passt', 'tap', 'macvtap', 'ovs', 'ebpf']) {
    for (const direction of DIRECTIONS.filter((each) => name !== 'host' || each !== 'guest-to-host2')) {
      it(`passes all that ${name} carries ${direction}`, async () => {
        const { rungs, seen, far } = await climb(name, direction);
        assert.deepEqual(
          rungs.map(({ rung }) => rung),
          RUNGS,
        );
        assert.deepEqual(rungs.filter(({ outcome }) => outcome === 'fail').map(shown), []);
        assert.equal(smallestFailure(rungs), null);
        assert.deepEqual(ofOutcome(rungs, 'pass'), THROUGH_NAT[name]?.[direction] ?? RUNGS);
        for (const { rung, detail, outcome } of rungs) if (outcome !== 'pass') assert.match(detail, /\w+ \w+/, rung);
        assert.equal(
          far,
          {
            'guest-to-host1': 'host1',
            'host1-to-guest': opened.path(name).backendPlan.nic === null ? 'host2' : 'guest',
            'guest-to-host2': 'host2',
          }[direction],
        );
        const ms = rungs.reduce((sum, result) => sum + result.ms, 0);
        assert.ok(ms < 20_000, `${Math.round(ms)} ms for a ladder that passes`);
        assert.ok((seen['udp-small']?.requests ?? 0) >= 1);
        assert.ok((seen['tcp-bulk']?.requests ?? 0) >= 1);
      });
    }
  }

  for (const [name, direction] of [
    ...DIRECTIONS.map((each) => ['bare', each] as const),
    ['leaving', 'guest-to-host1'] as const,
  ]) {
    it(`finds that ping passes ${name} ${direction}, and that UDP and TCP are dropped by the stack they reach`, async () => {
      const { rungs, seen, far } = await climb(name, direction);
      const shownAll = rungs.map(shown).join('\n');
      const outcomes = new Map(rungs.map(({ rung, outcome }) => [rung, outcome]));
      for (const rung of SUMMED_IN_SOFTWARE) assert.equal(outcomes.get(rung), 'pass', shownAll);
      for (const rung of NEVER_SUMMED) assert.equal(outcomes.get(rung), 'fail', shownAll);
      assert.equal(smallestFailure(rungs)?.rung, 'udp-small');
      assert.equal(seen['udp-small']?.requests, 0);
      assert.ok((seen['udp-small']?.frames ?? 0) >= 1);
      const udp = rungs.find(({ rung }) => rung === 'udp-small');
      assert.match(
        udp?.detail ?? '',
        new RegExp(`none of [2-5] answered .*[2-5] frames arrived at ${far}, and its own stack took none`),
      );
      const tcp = rungs.find(({ rung }) => rung === 'tcp-connect');
      assert.equal(tcp?.errno, 'ETIMEDOUT');
    });
  }

  it('says why nothing of a direction that cannot be reached is tried', async () => {
    const { rungs } = await climb('host', 'guest-to-host2');
    assert.deepEqual(ofOutcome(rungs, 'not-applicable'), RUNGS);
    assert.match(rungs[0]?.detail ?? '', /host has no guest/);
  });

  it('climbs the rungs that were asked for, and leaves the lab as it was', async () => {
    const before = await state();
    const { rungs } = await climb('tap', 'guest-to-host2', ['ipv6', 'icmp']);
    assert.deepEqual(
      rungs.map(({ rung, outcome }) => [rung, outcome]),
      [
        ['icmp', 'pass'],
        ['ipv6', 'pass'],
      ],
    );
    assert.deepEqual(await state(), before);
  });

  it('blames a cable that is pulled at the far end on the link', async () => {
    const { lab, path } = opened;
    const { device } = path('host').wire.host1;
    await runAt(lab, 'host1', ['ip', 'link', 'set', device, 'down'], signal);
    try {
      const { rungs } = await climb('host', 'guest-to-host1');
      assert.equal(smallestFailure(rungs)?.rung, 'link');
      assert.match(shown(rungs[0]), new RegExp(`link: w-host is up, without carrier; ${device} of host1 is down`));
      assert.deepEqual(ofOutcome(rungs, 'pass'), []);
      const ms = rungs.reduce((sum, result) => sum + result.ms, 0);
      assert.ok(ms < 20_000, `${Math.round(ms)} ms for a dead path`);
    } finally {
      await runAt(lab, 'host1', ['ip', 'link', 'set', device, 'up'], signal);
    }
    const { rungs } = await climb('host', 'guest-to-host1', ['link', 'icmp', 'tcp-small']);
    assert.equal(smallestFailure(rungs), null);
  });

  for (const [name, direction] of [
    ['host', 'guest-to-host1'],
    ['bare', 'guest-to-host1'],
    ['bare', 'host1-to-guest'],
  ] as const) {
    it(`ends at once when it is interrupted on ${name} ${direction}, and the lab is as it was`, async () => {
      const before = await state();
      const interrupt = new AbortController();
      const { lab, path } = opened;
      const { device } = path('host').wire.host1;
      // Rungs that are waited for: the interrupt falls among them.
      await runAt(lab, 'host1', ['ip', 'link', 'set', device, 'down'], signal);
      const timer = setTimeout(() => interrupt.abort(new Error('interrupted by the test')), 900);
      const passed = startWatch();
      try {
        await assert.rejects(
          climbPath({ lab, path: path(name), direction, signal: interrupt.signal }),
          /interrupted by the test/,
        );
      } finally {
        clearTimeout(timer);
        await runAt(lab, 'host1', ['ip', 'link', 'set', device, 'up'], signal);
      }
      const ms = passed();
      assert.ok(ms < 4500, `${Math.round(ms)} ms`);
      assert.deepEqual(await state(), before);
      const { rungs } = await climb(name, direction, ['link', 'arp', 'icmp']);
      assert.equal(smallestFailure(rungs), null);
    });
  }

  /** Addresses and processes of both hosts, and the NICs of the guest. */
  async function state(): Promise<readonly string[]> {
    const { lab } = opened;
    const guest = lab.guests.get('guest')?.guest;
    const look = (argv: readonly string[]) => runAt(lab, wholeMachine(HOST2), argv, signal);
    const inet6 = guest === undefined ? '' : (await guest.agent.readFile('/proc/net/if_inet6', { signal })).toString();
    return [
      inet6,
      await look(['ip', '-n', 'host1', '-o', 'address']),
      await look(['ip', '-n', 'host2', '-o', 'address']),
      await look(['ip', 'netns', 'exec', 'host2', 'ss', '-Hlntu']),
    ];
  }
});

function ofOutcome(rungs: readonly RungResult[], outcome: RungResult['outcome']): Rung[] {
  return rungs.filter((result) => result.outcome === outcome).map(({ rung }) => rung);
}

function shown(result: RungResult | undefined): string {
  return `${result?.rung}: ${result?.detail}`;
}
