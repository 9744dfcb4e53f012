// SPDX-License-Identifier: GPL-2.0-only
/** Options of the command line over a lab: what they change, and what does not fit. */
import assert from 'node:assert/strict';
import { resolve } from 'node:path';
import { describe, it } from 'node:test';
import { Command } from 'commander';
import { addLabOptions, type LabFlags } from '../../../src/cli/lab-options.ts';
import { overridesOf } from '../../../src/cli/lab-source.ts';
import { EFFORTS } from '../../../src/config/defaults.ts';
import { overrideLab } from '../../../src/config/lab-overrides.ts';
import { parseLabFile } from '../../../src/config/parse-lab-file.ts';
import { defaultLabSpec } from '../../../src/config/to-lab-spec.ts';
import { HoplabError } from '../../../src/model/errors.ts';
import type { LabSpec } from '../../../src/model/lab-spec.ts';

function flagsOf(line: string): LabFlags {
  const command = addLabOptions(new Command('run'))
    .exitOverride()
    .configureOutput({ writeErr: () => undefined });
  command.action(() => undefined).parse(line === '' ? [] : line.split(' '), { from: 'user' });
  return command.opts<LabFlags>();
}

const lab = (line: string, base: LabSpec = defaultLabSpec()) => overrideLab(base, overridesOf(flagsOf(line)));
const names = ({ paths }: LabSpec) => paths.map(({ name }) => name);

function refused(line: string, words: RegExp, base?: LabSpec): void {
  assert.throws(
    () => lab(line, base),
    (error) => {
      assert.ok(error instanceof HoplabError, String(error));
      assert.equal(error.code, 'USAGE');
      assert.match(error.message, words);
      return true;
    },
  );
}

describe('options over a lab', () => {
  it('change nothing when there are none', () => assert.deepEqual(lab(''), defaultLabSpec()));

  it('--quick takes the comparisons away and lowers the counts', () => {
    const { comparison, probes } = lab('--quick');
    assert.equal(comparison.draws, 0);
    assert.deepEqual(
      probes.map(({ count }) => count),
      [EFFORTS.quick.count, EFFORTS.quick.pacedCount],
    );
    const small = parseLabFile('probes: [{count: 10}]', 'a.yaml');
    assert.equal(lab('--quick', small).probes[0]?.count, 10, 'what is quicker already stays');
  });

  it('--thorough gives at least 8 draws in 2 guests, and enough samples for p99.9', () => {
    const { comparison, probes } = lab('--thorough');
    assert.ok(comparison.draws >= 8 && comparison.guests >= 2);
    assert.ok((probes[0]?.count ?? 0) >= 10_000);
    const more = parseLabFile('compare: {draws: 30, guests: 5}', 'a.yaml');
    assert.equal(lab('--thorough', more).comparison.draws, 30, 'what is more thorough already stays');
    assert.equal(lab('--thorough --draws 12').comparison.draws, 12);
  });

  it('the overview ends by time unless transactions were asked for', () => {
    const limits = (words: string, text = '') =>
      lab(words, text === '' ? defaultLabSpec() : parseLabFile(text, 'a.yaml')).probes.map(
        ({ durationNs }) => durationNs,
      );
    assert.deepEqual(limits(''), [2e9, null], 'a paced probe takes its pace');
    assert.deepEqual(limits('--quick'), [1e9, null]);
    assert.deepEqual(limits('--thorough'), [null, null]);
    assert.deepEqual(limits('--count 10000'), [null, null]);
    assert.deepEqual(limits('--duration 5s'), [5e9, 5e9]);
    assert.deepEqual(limits('', 'probes: [{count: 10000}, {name: timed, duration: 5s}]'), [null, 5e9]);
  });

  it('draws that were asked for are refused where no probe is compared', () => {
    refused('--probe tcp_rr,pace=5ms --draws 2', /--draws 2: nothing would be drawn.*tcp-rr-5ms/);
    refused('--pace 10ms --until 1%', /--until: nothing would be drawn/);
    assert.equal(lab('--probe tcp_rr,pace=5ms,compare=true --draws 2').comparison.draws, 2);
    assert.equal(lab('--pace 10ms').probes[0]?.compare, false, 'an overview was asked for');
  });

  it('--only may be given several times', () => {
    assert.deepEqual(names(lab('--only host --only tap,ovs')), ['host', 'tap', 'ovs']);
  });

  it('--no-cure takes the cure from every path that has one, and is refused where none has', () => {
    const both = parseLabFile('paths: {tap: {}, ovs: {}, x: {backend: ovs, vhost: off}}', 'a.yaml');
    const optionsOf = ({ paths }: LabSpec) => paths.map(({ options }) => options);
    const [tap, ovs, x] = optionsOf(lab('', both));
    assert.deepEqual(optionsOf(lab('--no-cure', both)), [
      tap,
      { ...(ovs as object), cure: false },
      { ...(x as object), cure: false },
    ]);
    refused('--no-cure --only tap', /--no-cure: no path of this lab has a cure to leave out; those of ovs/, both);
  });

  it('--only keeps the named paths, which then must run, and finds a reference among them', () => {
    const spec = lab('--only macvtap,host');
    assert.deepEqual(names(spec), ['host', 'macvtap']);
    assert.ok(spec.paths.every(({ named }) => named));
    assert.equal(spec.comparison.reference, 'macvtap');
    assert.deepEqual(names(lab('--only tap --paths host')), ['host', 'tap']);
    refused('--only tpa', /unknown path "tpa" \(did you mean "tap"\?\)/);
    refused('--only tap,', /commas/);
  });

  it('--only leaves out the pairs of the paths that it leaves out', () => {
    const base = parseLabFile('compare: {pairs: [[macvtap, tap], [user, tap]]}', 'a.yaml');
    assert.deepEqual(lab('--only macvtap,tap', base).comparison.pairs, [['macvtap', 'tap']]);
  });

  it('--compare and --reference choose what is compared with what', () => {
    assert.deepEqual(lab('--compare user,passt --compare macvtap,tap').comparison.pairs, [
      ['user', 'passt'],
      ['macvtap', 'tap'],
    ]);
    assert.equal(lab('--reference passt').comparison.reference, 'passt');
    assert.equal(lab('--no-twin').comparison.twin, false);
    refused('--compare tap', /takes two paths/);
    refused('--compare tap,host', /host has no guest/);
    refused('--reference hots', /unknown path "hots"/);
    refused('--draws 5', /must be even/);
    refused('--draws 4 --guests 4', /need at least 8 draws/);
  });

  it('--protocol, --size and --pace make every combination of what they name', () => {
    const { probes } = lab('--protocol udp_rr --protocol tcp-crr --size 64,1k --pace 0 --pace 1ms');
    assert.deepEqual(
      probes.map(({ name }) => name),
      ['udp-rr-64x1024', 'udp-rr-64x1024-1ms', 'tcp-crr-64x1024', 'tcp-crr-64x1024-1ms'],
    );
    assert.deepEqual(
      lab('--size 64').probes.map(({ requestBytes, responseBytes }) => [requestBytes, responseBytes]),
      [[64, 64]],
    );
    refused('--pace 10', /has no unit/);
    refused('--pace 1ms --pace 1ms', /is called "tcp-rr-1ms"/);
    refused('--size 1,2,3', /REQUEST or REQUEST,RESPONSE/);
    refused('--protocol icmp', /must be one of tcp_rr/);
  });

  it('--probe takes the words of the lab file', () => {
    const [probe] = lab('--probe udp_rr,request=64,pace=250us,count=9,compare=true').probes;
    assert.ok(probe !== undefined);
    assert.deepEqual(
      [probe.protocol, probe.requestBytes, probe.paceNs, probe.count, probe.compare],
      ['udp_rr', 64, 250_000, 9, true],
    );
    refused('--probe udp_rr,pac=1ms', /pac: unknown key \(did you mean "pace"\?\)/);
    refused('--probe udp_rr,64', /KEY=VALUE/);
    refused('--probe count=0', /at least 1/);
  });

  it('--count, --duration and --direction hold for every probe', () => {
    assert.ok(lab('--count 77').probes.every(({ count }) => count === 77));
    assert.ok(lab('--duration 3s').probes.every(({ durationNs, count }) => durationNs === 3e9 && count >= 100_000));
    assert.ok(lab('--direction host1-to-guest').probes.every(({ direction }) => direction === 'host1-to-guest'));
    refused('--count 0', /--count must be a whole number from 1/);
    refused('--count -3', /--count must be a whole number from 1/);
    refused('--duration 3', /has no unit/);
    refused('--duration 0', /at least 1ms/);
  });

  it('--kernel takes debian, host or a file with its modules', () => {
    assert.deepEqual(lab('--kernel host').guest.kernel, { kind: 'host' });
    const file = { kind: 'file', image: resolve('k/bzImage'), modules: resolve('k/modules') };
    assert.deepEqual(lab('--kernel k/bzImage --modules k/modules').guest.kernel, file);
    refused('--modules k', /add --kernel FILE/);
    refused('--kernel host --modules k', /brings its own modules/);
  });

  it('--arch, --accel, --scheduling and --seed replace the values of the lab', () => {
    const { guest, scheduling, seed } = lab('--arch aarch64 --accel tcg --scheduling other --seed 9');
    assert.deepEqual([guest.arch, guest.accel, scheduling.policy, seed], ['aarch64', 'tcg', 'other', 9]);
  });
});
