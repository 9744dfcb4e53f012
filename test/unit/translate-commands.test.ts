/** Commands of one path, said for its twin or for its cured form. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseLabFile } from '../../src/config/parse-lab-file.ts';
import { planLab } from '../../src/lab/plan.ts';
import { translateCommands } from '../../src/lab/translate-commands.ts';

const FACTS = { cpus: [0, 1], isolatedCpus: [], vhostNet: false, arch: 'x86_64' };
const from = { path: 'rp', index: 5 };
const to = { path: 'cure-0-1', index: 12 };
const words = (run: readonly string[]) => translateCommands([{ on: 'host1', run }], from, to)[0]?.run;

describe('translated commands', () => {
  it('name the other path: devices, addresses and MACs, alone and inside other words', () => {
    assert.deepEqual(words(['sysctl', '-qw', 'net.ipv4.conf.w-rp.rp_filter=1']), [
      ...['sysctl', '-qw', 'net.ipv4.conf.w-cure-0-1.rp_filter=1'],
    ]);
    assert.deepEqual(words(['ip', 'route', 'add', '10.99.5.3/32', 'dev', 'w-rp']), [
      ...['ip', 'route', 'add', '10.99.12.3/32', 'dev', 'w-cure-0-1'],
    ]);
    assert.deepEqual(words(['nft', 'ip saddr 10.99.5.3 drop', '02:68:6c:00:05:03', 'b1-rp']), [
      ...['nft', 'ip saddr 10.99.12.3 drop', '02:68:6c:00:0c:03', 'b1-cure-0-1'],
    ]);
  });

  it('leave alone what is of another path, and what only looks alike', () => {
    const others = ['w-rp2', 'aw-rp', 'w-rp-x', '10.99.50.3', '110.99.5.3', 'away-a', '02:68:6c:00:50:03'];
    assert.deepEqual(words(others), others);
  });

  it('of a long name find the devices that are named by number', () => {
    const long = { path: 'abcdefghijkl', index: 3 };
    const run = ['ip', 'link', 'set', 'b12-3', 'up'];
    assert.deepEqual(translateCommands([{ on: 'host2', run }], long, to)[0]?.run[3], 'b12-cure-0-1');
  });

  it('are those of a twin', () => {
    const text =
      'paths:\n  host: {}\n  tap: {commands: [{on: host2, run: [ip, link, set, dev, w-tap, mtu, "1400"]}]}\ncompare: {draws: 2}\n';
    const { paths } = planLab(parseLabFile(text, 'lab.yaml'), FACTS, []);
    assert.deepEqual(
      paths.filter(({ commands }) => commands !== undefined).map(({ name, commands }) => [name, commands?.[0]?.run[4]]),
      [
        ['tap', 'w-tap'],
        ['tap-twin', 'w-tap-twin'],
      ],
    );
  });
});
