// SPDX-License-Identifier: GPL-2.0-only
/** Cures: as text, as a path of its own, and with commands that name what that path has. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseLabFile } from '../../../src/config/parse-lab-file.ts';
import { curedPath } from '../../../src/lab/plan/cure-variants.ts';
import { moveCommands } from '../../../src/lab/plan/moved-commands.ts';
import { planLab } from '../../../src/lab/plan/plan.ts';
import type { Cure } from '../../../src/model/cure.ts';
import type { LabCommand, PathSpec } from '../../../src/model/lab-spec.ts';
import { cureText } from '../../../src/words/cure.ts';

const FACTS = { cpus: [0, 1], isolatedCpus: [], vhostNet: false, arch: 'x86_64' };
const cure = (action: Cure['action'], cost = ''): Cure => ({ what: 'mend it', cost, action });
const on = (host: 'host1' | 'host2', ...run: readonly string[]): LabCommand => ({ on: host, run });

describe('the text of a cure', () => {
  it('says what is done, the words of the lab file, the commands, and the cost', () => {
    const action = {
      kind: 'path',
      options: { mode: 'tc', nic: { csum: false, mrg: 'on' }, antiSpoof: ['a', 'b'] },
      commands: [on('host1', 'ip', 'link', 'set', 'w-a', 'up'), on('host2', 'sysctl', '-w', 'x=0')],
    } as const;
    assert.equal(
      cureText(cure(action, 'time')),
      'mend it (lab file: mode: "tc", nic: {csum: false, mrg: "on"}, antiSpoof: ["a","b"]; host1# ip link set w-a up; host2# sysctl -w x=0); cost: time',
    );
  });

  it('leaves out what is not there', () => {
    assert.equal(cureText(cure({ kind: 'advice' })), 'mend it');
    assert.equal(cureText(cure({ kind: 'path', options: {}, commands: [] })), 'mend it');
    assert.equal(cureText(cure({ kind: 'advice' }, 'none')), 'mend it; cost: none');
  });
});

describe('a cured path', () => {
  const [path] = parseLabFile(
    'paths: {xdp: {backend: ebpf, checksum: leave, nic: {mq: on, csum: on}, commands: [{on: host2, run: [ip, link]}]}}',
    'test.yaml',
  ).paths;
  assert.ok(path);
  const cured = (action: Cure['action']): PathSpec | null =>
    curedPath(path, cure(action), { name: 'cure-3-1', index: 3 });

  it('keeps its options but for those of the cure, objects merged key by key', () => {
    const variant = cured({ kind: 'path', options: { checksum: 'complete', nic: { csum: false } } });
    const options = variant?.options as Record<string, unknown>;
    assert.equal(options.checksum, 'complete');
    assert.deepEqual(options.nic, { mq: 'on', csum: false });
    assert.equal(options.mode, (path.options as Record<string, unknown>).mode);
  });

  it('runs the commands of the path first, then those of the cure, for the path that they name', () => {
    const variant = cured({ kind: 'path', commands: [on('host1', 'ethtool', '-K', 'w-xdp', 'tx', 'off')] });
    assert.deepEqual(variant?.commands, [
      on('host2', 'ip', 'link'),
      on('host1', 'ethtool', '-K', 'w-xdp', 'tx', 'off'),
    ]);
    assert.deepEqual([variant?.name, variant?.commandsFor], ['cure-3-1', { path: 'xdp', index: 3 }]);
  });

  it('is none for advice, and an option that the backend does not know is refused', () => {
    assert.equal(cured({ kind: 'advice' }), null);
    assert.throws(() => cured({ kind: 'path', options: { chksum: 'complete' } }));
  });
});

describe('commands that were written for another path', () => {
  const from = { path: 'mtu', index: 4 };
  const to = { path: 'cure-4-1', index: 0 };
  const moved = (...run: readonly string[]) => moveCommands([on('host1', ...run)], { from, to })[0]?.run;

  it('name the devices, addresses, MACs and ports of the one that they run for', () => {
    assert.deepEqual(moved('ip', 'link', 'set', 'dev', 'w-mtu'), ['ip', 'link', 'set', 'dev', 'w-cure-4-1']);
    assert.deepEqual(moved('net.ipv4.conf.w-mtu.arp_ignore=8'), ['net.ipv4.conf.w-cure-4-1.arp_ignore=8']);
    assert.deepEqual(moved('ip saddr 10.99.4.3 tcp dport 9104 drop'), ['ip saddr 10.99.0.3 tcp dport 9100 drop']);
    assert.deepEqual(moved('10.99.4.0/24', 'fd68:6c6c:6100:4::3'), ['10.99.0.0/24', 'fd68:6c6c:6100:0::3']);
    assert.deepEqual(moved('02:68:6c:00:04:03'), ['02:68:6c:00:00:03']);
    assert.deepEqual(moved('mv-mtu,b-mtu'), ['mv-cure-4-1,b-cure-4-1']);
  });

  it('leave alone what only looks like it', () => {
    const words = ['mtu', '1500', 'w-mtu2', 'w-mtu-twin', 'dup-mtu', '10.99.44.3', '110.99.4.3', '91040', '1.9104'];
    assert.deepEqual(moved(...words), words);
  });

  it('take the number where a name would be too long for a device', () => {
    const long = { path: 'abcdefghijkl-twin', index: 7 };
    assert.deepEqual(moveCommands([on('host1', 'w-mtu')], { from, to: long })[0]?.run, ['w-7']);
  });

  it('are those of a twin: its own wire gets what the wire of its original gets', () => {
    const spec = parseLabFile(
      'paths: {host: {}, tap: {commands: [{on: host2, run: [ip, link, set, dev, w-tap, mtu, "1400"]}]}}',
      'test.yaml',
    );
    const plan = planLab(spec, FACTS, []);
    const twin = plan.paths.find(({ twinOf }) => twinOf === 'tap');
    assert.deepEqual(twin?.commands, [
      on('host2', 'ip', 'link', 'set', 'dev', twin?.wire.host2.device ?? '', 'mtu', '1400'),
    ]);
    assert.notEqual(twin?.wire.host2.device, 'w-tap');
    const own = plan.paths.find(({ name }) => name === 'tap');
    assert.deepEqual(own?.commands?.[0]?.run[4], 'w-tap');
  });
});
