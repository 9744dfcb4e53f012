// SPDX-License-Identifier: GPL-2.0-only
/** `hoplab diagnose --apply` where a cure is refused, comes by itself, or is another tool's: STP and a chain of nftables. */
// @waits
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { EXIT } from '../../src/cli/command.ts';
import type { Diagnosis } from '../../src/model/diagnosis.ts';
import { cureText } from '../../src/words/cure.ts';
import { hoplab, killAllHoplabs } from '../support/hoplab.ts';
import { needs } from '../support/needs.ts';

/** What prices are is another test's: diagnose-apply.test.ts. */
const PRICED = `
probes: [{name: probe, protocol: tcp_rr, count: 100}]
compare: {transactions: 300, warmup: 20}
`;
/** The tap joins anew, and waits 30 s; the wire's end has a delay of 2 s, and may forward before the guest has booted. */
const STP = `
guest: {accel: tcg}
paths:
  stp:
    backend: tap
    commands:
      - {on: host2, run: [ip, link, set, dev, b-stp, type, bridge, stp_state, "1"]}
      - {on: host2, run: [ip, link, set, dev, b-stp, type, bridge, forward_delay, "1500"]}
${PRICED}`;
const NFT = `
guest: {accel: tcg}
paths:
  nf:
    backend: tap
    commands:
      - {on: host2, run: [sysctl, -q, -w, net.bridge.bridge-nf-call-iptables=1]}
      - {on: host2, run: [nft, "add table inet mine; add chain inet mine fww { type filter hook forward priority 0; policy drop; }"]}
${PRICED}`;
/** Its fault is there the first time that the path is attached, and no later time. */
const once = (flag: string) => `
guest: {accel: tcg}
paths:
  once:
    backend: tap
    commands:
      - {on: host2, run: [sh, -c, "test -e ${flag} || { : > ${flag}; exec ip link set dev w-once down; }"]}
${PRICED}`;
const RUNGS = ['link', 'arp', 'icmp', 'tcp-connect'];

describe('cures that work here', { timeout: 1_200_000, skip: needs('root', 'linux', 'nft') }, () => {
  let root: string;

  before(async () => {
    root = await mkdtemp(join(tmpdir(), 'hoplab-test-'));
  });

  after(async () => {
    killAllHoplabs();
    await rm(root, { recursive: true, force: true });
  });

  const diagnose = async (lab: string, status: number, ...words: readonly string[]): Promise<Diagnosis> => {
    const file = join(root, 'lab.yaml');
    await writeFile(file, lab);
    const what = ['--direction', 'guest-to-host1', '--rungs', RUNGS.join(','), '--draws', '2'];
    const { stdout, stderr, code } = await hoplab([
      'diagnose',
      file,
      '--apply',
      ...words,
      '--force',
      '--json',
      ...what,
      '--runs',
      join(root, 'runs'),
    ]);
    assert.equal(code, status, stderr + stdout.slice(0, 1000));
    return JSON.parse(stdout);
  };

  it('a port under STP: its state is not set, and what is offered is not refused', async () => {
    const { paths, applied } = await diagnose(STP, 0);
    const [verdict] = paths[0]?.verdicts ?? [];
    assert.equal(verdict?.rule, 'bridge-port-blocked');
    assert.match(verdict.text, /in state (listening|learning).*STP lets it forward by itself, \d+ s later/);
    for (const cure of verdict.cures) assert.doesNotMatch(cureText(cure), /state 3/);
    assert.deepEqual(
      applied.map(({ number, failed, healed, uncured }) => [number, failed, healed, uncured]),
      [
        [2, null, true, 'fails'],
        [3, null, true, 'fails'],
      ],
    );
  });

  it('a fault that is gone by itself: the cure is not credited, and has no price', async () => {
    const { applied, prices } = await diagnose(once(join(root, 'was-there')), EXIT.cellsFailed);
    assert.deepEqual(
      applied.map(({ rule, failed, healed, uncured }) => [rule, failed, healed, uncured]),
      [['bridge-port-blocked', null, false, 'passes']],
    );
    assert.deepEqual(prices, []);
  });

  it('a chain of nftables that drops bridged frames: named, and accepted in by its own tool', async () => {
    const { paths, applied } = await diagnose(NFT, 0, '2');
    const [verdict] = paths[0]?.verdicts ?? [];
    assert.equal(verdict?.rule, 'bridge-nf-call-iptables');
    assert.match(verdict.text, /nft chain inet mine fww drops them$/);
    const said = verdict.cures.map(cureText).join('\n');
    assert.match(said, /nft insert rule inet mine fww iifname b-nf oifname b-nf accept/);
    assert.doesNotMatch(said, /iptables -I|iptables-(legacy|nft)/);
    assert.deepEqual(
      applied.map(({ number, failed, healed, uncured }) => [number, failed, healed, uncured]),
      [
        [2, null, true, 'fails'],
        [1, null, true, 'fails'],
      ],
    );
  });
});
