// SPDX-License-Identifier: GPL-2.0-only
/** Which cures are offered, and in which order: what touches the path alone before what touches the machine, then others. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { conclude } from '../../../src/diagnose/conclude.ts';
import { parseLinks } from '../../../src/diagnose/parse-links.ts';
import { inOrder } from '../../../src/diagnose/rule.ts';
import { type OfferedCure, TOUCHED, type Touched } from '../../../src/model/cure.ts';
import type { Verdict } from '../../../src/model/diagnosis.ts';
import type { Evidence } from '../../../src/model/evidence.ts';
import type { DeviceView } from '../../../src/model/network-state.ts';
import { CORE_REQUIREMENTS } from '../../../src/system/tools.ts';
import { cureText } from '../../../src/words/cure.ts';
import { readEvidence, recordedEvidence } from '../../fixtures/recorded-evidence.ts';
import { everyRule } from '../../support/every-rule.ts';

const cure = (what: string, touches: Touched): OfferedCure => ({ what, cost: '', touches, action: { kind: 'advice' } });

describe('the order of cures', () => {
  it('follows whose things they touch, and else that of the rule', () => {
    const cures = [cure('a', 'others'), cure('b', 'machine'), cure('c', 'own'), cure('d', 'machine')];
    assert.deepEqual(
      inOrder(cures).map(({ what }) => what),
      ['c', 'b', 'd', 'a'],
    );
  });

  it('holds in every verdict, and the commands are of programs that are there', () => {
    const programs = new Set<string>();
    let offered = 0;
    for (const name of recordedEvidence()) {
      for (const { rule, cures } of conclude(readEvidence(name), everyRule).verdicts) {
        const ranks = cures.map(({ touches }) => TOUCHED.indexOf(touches ?? 'own'));
        assert.deepEqual(
          ranks,
          ranks.toSorted((a, b) => a - b),
          `${name}: ${rule}`,
        );
        offered += cures.length;
        for (const { action } of cures)
          for (const { run } of (action.kind === 'path' ? action.commands : undefined) ?? [])
            programs.add(run[0] ?? '');
      }
    }
    assert.ok(offered > 20, `${offered} cures`);
    // A lab opens only where these are; a firewall's tool is named only where it listed the rule.
    const always = CORE_REQUIREMENTS.map(({ name }) => name);
    const others = [...programs].filter((name) => !always.includes(name));
    assert.deepEqual(others, ['iptables-legacy']);
  });
});

/** The recorded path whose wire is too narrow, with other MTUs. */
function withMtus(mtuOf: (device: DeviceView) => number): Evidence {
  const evidence = readEvidence('fault-mtu-mismatch');
  const devices = evidence.state.devices.map((device) => ({ ...device, mtu: mtuOf(device) }));
  return { ...evidence, state: { ...evidence.state, devices } };
}

function verdictOf(evidence: Evidence, wanted: string): Verdict {
  return (
    conclude(evidence, everyRule).verdicts.find(({ rule }) => rule === wanted) ?? assert.fail(`${wanted} did not speak`)
  );
}

describe('MTUs that differ', () => {
  it("the guest's is too large: its own side is the first cure, the whole segment the last, and that says what it costs", () => {
    const { text, cures } = verdictOf(
      withMtus(({ place }) => (place === 'guest' ? 8901 : 1500)),
      'mtu-mismatch',
    );
    assert.match(text, /^the guest sends frames of up to 8901 bytes, and the segment takes 1500/);
    assert.deepEqual(cures[0]?.action, { kind: 'path', options: { nic: { host_mtu: 1500 } } });
    assert.deepEqual(
      cures.map(({ touches }) => touches),
      ['own', 'others'],
    );
    const last = cures.map(cureText).at(-1) ?? '';
    assert.match(last, /every device of the segment the MTU 8901/);
    assert.match(last, /cost: touches every device on the segment/);
    assert.doesNotMatch(last, /cost: none/);
  });

  it('between two ends that agree: the narrow devices by name, not the bridges that follow them', () => {
    const { text, cures } = verdictOf(
      withMtus(({ place, name }) => (place === 'host2' && name !== 't-mtu' ? 1450 : 1500)),
      'mtu-mismatch',
    );
    assert.match(text, /and host2 w-mtu takes 1450/);
    assert.doesNotMatch(text, /b-mtu/);
    assert.match(cureText(cures[0] ?? assert.fail('no cure')), /host2# ip link set dev w-mtu mtu 1500\)/);
    assert.deepEqual(
      cures.map(({ touches }) => touches),
      ['machine', 'others'],
    );
  });
});

it('narrow devices between two bridges are named though they are no hop of the path', () => {
  const evidence = withMtus(({ name }) => (name === 'b-mtu' ? 1450 : 1500));
  const { devices } = evidence.state;
  const wire = devices.find(({ place, name }) => place === 'host2' && name === 'w-mtu') ?? assert.fail('no wire');
  const between = { ...wire, name: 'x0-mtu', mtu: 1450 };
  const { text, at, cures } = verdictOf(
    { ...evidence, state: { ...evidence.state, devices: [...devices, between] } },
    'mtu-mismatch',
  );
  assert.match(text, /and host2 x0-mtu takes 1450/);
  assert.equal(at, 'x0-mtu');
  assert.match(cureText(cures[0] ?? assert.fail('no cure')), /host2# ip link set dev x0-mtu mtu 1500\)/);
});

/** As `ip -d -s -s -j link` of iproute2 6.1 prints a bridge that runs STP, and a port that joined it 0.6 s ago. */
const links = (state: string, timer: number, stp = 1) =>
  JSON.stringify([
    {
      ifname: 'b-port',
      flags: ['UP', 'NO-CARRIER'],
      linkinfo: { info_kind: 'bridge', info_data: { forward_delay: 1500, stp_state: stp } },
    },
    {
      ifname: 'w-port',
      flags: ['UP', 'LOWER_UP'],
      master: 'b-port',
      linkinfo: { info_kind: 'veth', info_slave_data: { state, forward_delay_timer: timer } },
    },
  ]);

describe('a bridge port that STP holds back', () => {
  const held = (state: string, timer: number, stp?: number): Evidence => {
    const evidence = readEvidence('fault-bridge-port-blocked');
    return {
      ...evidence,
      state: { ...evidence.state, devices: [...parseLinks('host2', links(state, timer, stp)).devices] },
    };
  };
  const said = (evidence: Evidence) => verdictOf(evidence, 'bridge-port-blocked').cures.map(cureText);

  it('forwards by itself, and the verdict says when: a forward delay to listen, another to learn', () => {
    const { text, at } = verdictOf(held('listening', 14.44), 'bridge-port-blocked');
    assert.match(
      text,
      /w-port is a port of b-port in state listening.*forwards? by itself, 30 s later|by itself, 30 s later/,
    );
    assert.equal(at, 'w-port');
    assert.match(verdictOf(held('learning', 6.2), 'bridge-port-blocked').text, /by itself, 7 s later/);
  });

  it('is offered the wait, no STP, or the least delay: its state cannot be set while STP runs', () => {
    const cures = said(held('listening', 14.44));
    assert.match(cures[0] ?? '', /^wait: a port forwards 30 s after it joins/);
    assert.match(
      cures[1] ?? '',
      /host2# ip link set dev b-port type bridge stp_state 0; host2# ip link set dev w-port down; host2# ip link set dev w-port up/,
    );
    assert.match(
      cures[2] ?? '',
      /forward_delay 200; host2# ip link set dev w-port down; host2# ip link set dev w-port up/,
    );
    for (const each of cures) assert.doesNotMatch(each, /state 3/);
  });

  it('because it closes a loop is not made to forward', () => {
    const cures = said(held('blocking', 0));
    assert.equal(cures.length, 1);
    assert.doesNotMatch(cures[0] ?? '', /state 3|stp_state/);
  });

  it('is told also where it forwards by the time that the ladder is climbed again', () => {
    const evidence = held('learning', 0.4);
    const ladder = evidence.ladder.map((rung) => ({ ...rung, outcome: 'pass' as const, data: { failedAtFirst: 1 } }));
    assert.match(verdictOf({ ...evidence, ladder }, 'bridge-port-blocked').text, /by itself, 1 s later/);
  });

  it('and one that nobody but its owner switched off is, with the state set by hand', () => {
    assert.deepEqual(
      said(held('disabled', 0, 0)).map((text) => /bridge link set dev w-port state 3/.test(text)),
      [true],
    );
  });
});
