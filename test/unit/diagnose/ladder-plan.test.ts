// SPDX-License-Identifier: GPL-2.0-only
/** The protocol ladder's pure part: which rungs a path promises, the plans of both roles, and results of any kind. */

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { parseLabFile } from '../../../src/config/parse-lab-file.ts';
import {
  type Answered,
  answerPlanText,
  climbPlanText,
  IPV6_RUNGS,
  type LadderTask,
  ladderAddress6,
  parseAnswered,
  parseClimb,
  rungsOf,
  untried,
  whyNotCarried,
  withSeen,
} from '../../../src/diagnose/ladder.ts';
import { planLab } from '../../../src/lab/plan/plan.ts';
import { HoplabError } from '../../../src/model/errors.ts';
import { RUNGS, type Rung, type RungResult } from '../../../src/model/ladder.ts';
import { DIRECTIONS, type Direction } from '../../../src/model/place.ts';
import type { PathPlan } from '../../../src/model/plan.ts';
import { smallestFailure } from '../../support/smallest-failure.ts';

const FACTS = { cpus: [0, 1], isolatedCpus: [], vhostNet: false, arch: 'x86_64' };
const LAB =
  'paths: {host: {}, user: {}, passt: {}, tap: {}, macvtap: {mode: vepa, backend: macvtap}, ovs: {}}\ncompare: {draws: 0}';

const task: LadderTask = {
  index: 3,
  port: 9103,
  client: { place: 'guest', device: 'eth1', address: '10.99.3.3', address6: 'fd68:6c6c:6100:3::3' },
  server: { place: 'host1', device: 'w-tap', address: '10.99.3.1', address6: 'fd68:6c6c:6100:3::1' },
  connect: '10.99.3.1',
  rungs: ['link', 'arp', 'tcp-bulk'],
};

const passing = (rung: Rung): RungResult => ({
  rung,
  outcome: 'pass',
  detail: '5 of 5 answered',
  sent: 5,
  answered: 5,
  errno: null,
  ms: 1.5,
});
const failing = (rung: Rung): RungResult => ({ ...passing(rung), outcome: 'fail', answered: 0, detail: 'none of 5' });
const line = (result: RungResult) => JSON.stringify({ data: {}, ...result });

function isServiceFailure(error: unknown): boolean {
  return error instanceof HoplabError && error.code === 'SERVICE_FAILED' && error.hint !== undefined;
}

describe('the rungs of a path', () => {
  const paths = planLab(parseLabFile(LAB, 'lab.yaml'), FACTS, []).paths;
  const pathOf = (name: string): PathPlan => paths.find((path) => path.name === name) ?? assert.fail(name);
  const carried = (name: string, direction: Direction) =>
    RUNGS.filter((rung) => whyNotCarried(pathOf(name), direction, rung) === null);

  it('are all of them where frames are carried whole', () => {
    for (const name of ['tap', 'ovs', 'host']) {
      for (const direction of ['guest-to-host1', 'host1-to-guest'] as const) {
        assert.deepEqual(carried(name, direction), RUNGS, `${name} ${direction}`);
      }
    }
  });

  it('are those of streams and datagrams through a NAT, and the others have a reason', () => {
    for (const name of ['user', 'passt']) {
      for (const direction of DIRECTIONS) {
        const rungs = carried(name, direction);
        for (const rung of ['link', 'udp-small', 'tcp-connect', 'tcp-small', 'tcp-bulk'] as const) {
          assert.ok(rungs.includes(rung), `${name} ${direction} ${rung}`);
        }
        for (const rung of [...IPV6_RUNGS, 'arp', 'vlan', 'broadcast', 'multicast', 'mtu'] as const) {
          assert.match(whyNotCarried(pathOf(name), direction, rung) ?? '', /^(slirp|passt) /, `${name} ${rung}`);
        }
        assert.equal(rungs.includes('icmp'), direction === 'guest-to-host1', `${name} ${direction}`);
      }
    }
    assert.ok(carried('user', 'guest-to-host1').includes('udp-large'));
    assert.match(whyNotCarried(pathOf('passt'), 'host1-to-guest', 'udp-large') ?? '', /each fragment/);
  });

  it('are none in a direction that cannot be reached, with the reason of the backend', () => {
    for (const name of ['host', 'macvtap']) {
      assert.deepEqual(carried(name, 'guest-to-host2'), [], name);
    }
    assert.match(whyNotCarried(pathOf('macvtap'), 'guest-to-host2', 'icmp') ?? '', /vepa mode does not reach/);
  });

  it('are left out where an end has no IPv6 or no device', () => {
    const { rungs, without } = rungsOf(['ipv6-tcp', 'icmp', 'vlan', 'nd'], {
      client: { ...task.client, device: null },
      server: task.server,
      no6: 'no IPv6 in host1: sysctl came back with 255',
    });
    assert.deepEqual(rungs, ['icmp']);
    assert.deepEqual(
      without.map(({ rung, outcome, detail }) => [rung, outcome, detail]),
      [
        ['vlan', 'not-applicable', 'no device of guest is known'],
        ['nd', 'not-applicable', 'no IPv6 in host1: sysctl came back with 255'],
        ['ipv6-tcp', 'not-applicable', 'no IPv6 in host1: sysctl came back with 255'],
      ],
    );
  });

  it('give every place of every path an IPv6 address of its own', () => {
    const all = Array.from({ length: 28 }, (_, i) =>
      [0, 1, 2].map((place) => ladderAddress6(i, (['host1', 'host2', 'guest'] as const)[place] ?? 'guest')),
    ).flat();
    assert.equal(new Set(all).size, 28 * 3);
    assert.equal(ladderAddress6(27, 'guest'), 'fd68:6c6c:6100:1b::3');
  });
});

describe('the plans of the ladder', () => {
  it('tell the answering side where to listen', () => {
    assert.deepEqual(answerPlanText(task).split('\n'), [
      'device w-tap',
      'local 10.99.3.1',
      'local6 fd68:6c6c:6100:3::1',
      'port 9103',
      'vlan 3903',
      'group 239.255.104.4',
      'go',
      '',
    ]);
  });

  it('tell the climbing side where to go, and the rungs with their tries and time', () => {
    assert.deepEqual(climbPlanText(task).split('\n'), [
      'device eth1',
      'local 10.99.3.3',
      'local6 fd68:6c6c:6100:3::3',
      'remote 10.99.3.1',
      'remote6 fd68:6c6c:6100:3::1',
      'port 9103',
      'vlan 3903',
      'group 239.255.104.4',
      'bulk 2000000',
      'rung link 1 1',
      'rung arp 5 1400',
      'rung tcp-bulk 2 1500',
      'go',
      '',
    ]);
  });

  it('leave out what an end does not have', () => {
    const bare = {
      ...task,
      client: { ...task.client, device: null, address6: null },
      server: { ...task.server, device: null, address6: null },
    };
    for (const text of [answerPlanText(bare), climbPlanText(bare)]) assert.doesNotMatch(text, /device|local6|remote6/);
  });
});

describe('results of the ladder', () => {
  it('come in the order that was asked for, and a rung without a line was not tried', () => {
    const rungs: Rung[] = ['arp', 'icmp', 'mtu'];
    const mtu = { ...failing('mtu'), data: { largest: 1400 } };
    const parsed = parseClimb(`${line(mtu)}\n\n${line(passing('arp'))}\n`, rungs);
    assert.deepEqual(parsed, [passing('arp'), untried('icmp', 'not-tried', 'the climb ended before it'), mtu]);
  });

  it('keep their values whatever they say', () => {
    const results = fc.record({
      outcome: fc.constantFrom('pass' as const, 'fail' as const),
      detail: fc.string({ unit: 'binary' }),
      sent: fc.nat(),
      answered: fc.nat(),
      errno: fc.option(fc.string()),
      ms: fc.double({ min: 0, max: 1e9, noNaN: true }).map((ms) => ms + 0),
    });
    fc.assert(
      fc.property(fc.subarray([...RUNGS]), fc.array(results, { minLength: RUNGS.length }), (rungs, values) => {
        const said = rungs.map((rung, i) => ({ rung, ...(values[i] ?? assert.fail()) }));
        assert.deepEqual(parseClimb(said.map(line).join('\n'), rungs), said);
      }),
    );
  });

  it('of a kind that the ladder does not write are refused, never guessed at', () => {
    const good = line(passing('icmp'));
    const bad = [
      'ready',
      '[]',
      'null',
      good.slice(0, -1),
      `${good}\n${good}`,
      line(passing('arp')),
      good.replace('"icmp"', '"ladder"'),
      good.replace('"pass"', '"not-applicable"'),
      good.replace('"sent":5', '"sent":-1'),
      good.replace('"sent":5', '"sent":0.5'),
      good.replace('"ms":1.5', '"ms":null'),
      good.replace('"data":{}', '"data":{"mac":{}}'),
    ];
    for (const text of bad) assert.throws(() => parseClimb(text, ['icmp']), isServiceFailure, text);
    for (const text of [
      '',
      '{}',
      '{"device":null}',
      '{"device":null,"seen":{"stairs":{"requests":1,"frames":1}}}',
      '{"device":{},"seen":{}}',
    ]) {
      assert.throws(() => parseAnswered(text), isServiceFailure, text);
    }
  });

  it('never break the parser in another way than its own error', () => {
    const cut = fc.tuple(fc.constantFrom(...RUNGS), fc.nat(200), fc.string()).map(([rung, at, insert]) => {
      const text = line(passing(rung));
      return text.slice(0, at) + insert + text.slice(at);
    });
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json(), cut), (text) => {
        for (const parse of [() => parseClimb(text, RUNGS), () => parseAnswered(text)]) {
          try {
            parse();
          } catch (error) {
            assert.ok(isServiceFailure(error), String(error));
          }
        }
      }),
      { numRuns: 500 },
    );
  });
});

describe('what the far side saw', () => {
  const device = { name: 'w-tap', up: true, carrier: true };
  const seen = (counts: Answered['seen']): Answered => ({ seen: counts, device });

  it('says whether the request, its reading or the answer is lost', () => {
    const detailOf = (rung: Rung, counts: Answered['seen']) =>
      withSeen([failing(rung)], seen(counts), 'host1')[0]?.detail;
    assert.equal(detailOf('icmp', {}), 'none of 5; nothing arrived at host1');
    assert.equal(detailOf('icmp', { icmp: { requests: 1, frames: 1 } }), 'none of 5; 1 request arrived at host1');
    assert.equal(
      detailOf('udp-small', { 'udp-small': { requests: 0, frames: 5 } }),
      'none of 5; 5 frames arrived at host1, and its own stack took none',
    );
    assert.equal(
      detailOf('tcp-bulk', { 'tcp-connect': { requests: 0, frames: 2 } }),
      'none of 5; only SYNs arrived at host1',
    );
  });

  it('leaves what passed, and what could not be sent, as it is', () => {
    const unsent = { ...failing('icmp'), sent: 0, errno: 'ENETUNREACH' };
    assert.deepEqual(withSeen([passing('arp'), unsent], seen({}), 'host1'), [passing('arp'), unsent]);
  });

  it('fails the link whose far end is down', () => {
    const [result] = withSeen([passing('link')], { seen: {}, device: { ...device, carrier: false } }, 'host1');
    assert.deepEqual([result?.outcome, result?.detail], ['fail', '5 of 5 answered; w-tap of host1 is without carrier']);
    assert.deepEqual(withSeen([passing('link')], { seen: {}, device: null }, 'host1'), [passing('link')]);
  });
});

it('the smallest failure is the simplest rung that failed, whatever the order of the results', () => {
  fc.assert(
    fc.property(fc.shuffledSubarray([...RUNGS]), fc.shuffledSubarray([...RUNGS]), (tried, broken) => {
      const results = tried.map((rung) => (broken.includes(rung) ? failing(rung) : passing(rung)));
      const expected = RUNGS.find((rung) => tried.includes(rung) && broken.includes(rung));
      assert.equal(smallestFailure(results)?.rung, expected);
    }),
  );
  assert.equal(smallestFailure([untried('arp', 'not-applicable', ''), untried('icmp', 'not-tried', '')]), null);
});
