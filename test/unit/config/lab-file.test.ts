// SPDX-License-Identifier: GPL-2.0-only
/** Lab files: what they become, and that each fault is named with its place and the nearest known word. */
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { usualBackends } from '../../../src/backends/index.ts';
import { makeLab, readLabText } from '../../../src/config/make-lab.ts';
import { parseLabFile } from '../../../src/config/parse-lab-file.ts';
import { defaultLabSpec } from '../../../src/config/to-lab-spec.ts';
import { HoplabError } from '../../../src/model/errors.ts';

function faults(text: string): { code: string; lines: string[] } {
  try {
    parseLabFile(text, 'lab.yaml');
  } catch (error) {
    assert.ok(error instanceof HoplabError, String(error));
    assert.ok(error.hint !== undefined && error.hint !== '');
    return {
      code: error.code,
      lines: error.message
        .replace(/^read the lab file: (\d+ problems\n)?/, '')
        .split('\n')
        .map((line) => line.trim()),
    };
  }
  return assert.fail(`was accepted: ${text}`);
}

/** One fault, with the place and words that its line must contain. */
function hasFault(text: string, place: string, ...words: string[]): void {
  const { lines } = faults(text);
  assert.equal(lines.length, 1, lines.join('\n'));
  const [line = ''] = lines;
  assert.ok(line.startsWith(`lab.yaml:${place}: `), line);
  for (const word of words) assert.ok(line.includes(word), `"${word}" is not in: ${line}`);
}

describe('machines of a lab file', () => {
  it('are told what their kind needs, and nothing of another kind', () => {
    const lab = (host1: string) => `machines:\n  host1: ${host1}\n`;
    hasFault(lab('{kind: ssh}'), '2:10', 'machines.host1', 'of kind ssh needs `host`');
    hasFault(lab('{kind: netns, host: far}'), '2:30', 'is a key of ssh; netns has none of it');
    hasFault(lab('{kind: ssh, host: "-o"}'), '2:28', 'is a name as `ssh NAME` takes it');
    hasFault(lab('{kind: ssh, host: far}'), '2:3', 'no veth between them');
  });

  it('have no guest where none can be booted', () => {
    const lab = (paths: string) =>
      `machines:\n  host2: {kind: ssh, host: far}\nwire: {uplink: eth1}\npaths: ${paths}\n`;
    hasFault(lab('{host: {}, tap: {}}'), '2:10', 'no guest on ssh host=far', 'put host1 there');
    assert.equal(parseLabFile(lab('{host: {}}'), 'lab.yaml').paths.length, 1);
  });
});

describe('a lab file', () => {
  it('with every section becomes the lab that it describes', () => {
    const spec = parseLabFile(
      `name: full
guest: {arch: x86_64, kernel: {file: ./bzImage, modules: /m}, cpus: 2, memory: 1GiB, accel: tcg}
paths:
  host:
  tap: {vhost: off, extraBridges: 2}
  second: {backend: macvtap, mode: private}
probes:
  - {protocol: udp_rr, request: 64, response: 1k, pace: 250us, direction: host1-to-guest, wait: spin, count: 500}
  - {name: timed, duration: 2s}
compare: {reference: second, pairs: [[tap, second]], draws: 8, guests: 2, transactions: 3000, warmup: 0, margin: 0.5%, twin: false}
scheduling: {policy: other, priority: 20, guest-cpu: 3, host-cpu: 2}
seed: 42
`,
      '/labs/any.yaml',
    );
    assert.equal(spec.name, 'full');
    assert.deepEqual(spec.guest, {
      arch: 'x86_64',
      kernel: { kind: 'file', image: '/labs/bzImage', modules: '/m' },
      cpus: 2,
      memoryMiB: 1024,
      accel: 'tcg',
    });
    assert.deepEqual(spec.paths, [
      { name: 'host', backend: 'host', options: {}, named: true },
      { name: 'tap', backend: 'tap', options: { vhost: 'off', extraBridges: 2, nic: {} }, named: true },
      {
        name: 'second',
        backend: 'macvtap',
        options: { mode: 'private', sibling: true, vhost: 'auto', nic: {} },
        named: true,
      },
    ]);
    assert.deepEqual(spec.probes[0], {
      name: 'udp-rr-64x1024-250us-host1-to-guest-spin',
      protocol: 'udp_rr',
      direction: 'host1-to-guest',
      requestBytes: 64,
      responseBytes: 1024,
      paceNs: 250_000,
      wait: 'spin',
      count: 500,
      durationNs: null,
      compare: false,
    });
    assert.equal(spec.probes[1]?.durationNs, 2e9);
    assert.ok((spec.probes[1]?.count ?? 0) >= 100_000, 'a probe that ends by time has room for its transactions');
    assert.deepEqual(spec.comparison, {
      reference: 'second',
      pairs: [['tap', 'second']],
      draws: 8,
      guests: 2,
      transactions: 3000,
      warmup: 0,
      margin: 0.005,
      twin: false,
    });
    assert.deepEqual(spec.scheduling, { policy: 'other', priority: 20, guestCpu: 3, hostCpu: 2 });
    assert.equal(spec.seed, 42);
  });

  it('that is empty, or has empty sections, is the default lab under its own name', () => {
    const expected = { ...defaultLabSpec(), name: 'my-lab' };
    assert.deepEqual(parseLabFile('', '/x/My Lab.yaml'), expected);
    assert.deepEqual(
      parseLabFile('# nothing\nguest:\npaths:\nprobes:\ncompare:\nscheduling:\n', 'my-lab.yml'),
      expected,
    );
  });

  it('without paths measures every backend and names none, so that what cannot run is left out', () => {
    const { paths, comparison } = defaultLabSpec();
    assert.deepEqual(
      paths.map(({ backend }) => backend),
      usualBackends.map(({ kind }) => kind),
    );
    assert.ok(paths.every(({ named }) => !named));
    assert.equal(comparison.reference, 'tap');
  });

  it('with one path takes it as the reference, and with host alone has none', () => {
    assert.equal(parseLabFile('paths: {passt: {}}', 'a.yaml').comparison.reference, 'passt');
    assert.equal(parseLabFile('paths: {t: {backend: tap}, macvtap: {}}', 'a.yaml').comparison.reference, 't');
    assert.equal(parseLabFile('paths: {host: {}}', 'a.yaml').comparison.reference, null);
  });
});

describe('a faulty lab file', () => {
  it('is told all its faults at once, in the order of the file, one a line', () => {
    const { code, lines } = faults(
      'nmae: x\nguest: {cpu: 2, memory: 512}\npaths:\n  tap: {vhots: on}\nprobes:\n  - {pace: 10, count: 0}\n',
    );
    assert.equal(code, 'LAB_FILE_INVALID');
    assert.deepEqual(
      lines.map((line) => line.split(':').slice(1, 4).join(':')),
      [
        '1:1: nmae',
        '2:9: guest.cpu',
        '2:25: guest.memory',
        '4:9: paths.tap.vhots',
        '6:12: probes[0].pace',
        '6:23: probes[0].count',
      ],
    );
  });

  it('names an unknown key and the nearest known one, at every depth', () => {
    hasFault('prob: []', '1:1', 'prob: unknown key (did you mean "probes"?)');
    hasFault('paths:\n  tap:\n    vhots: on', '3:5', 'paths.tap.vhots: unknown key (did you mean "vhost"?)');
    hasFault('paths:\n  a: {backend: macvtap, mod: bridge}', '2:25', '(did you mean "mode"?)');
    hasFault('probes:\n  - paec: 1ms', '2:5', '(did you mean "pace"?)');
    hasFault('scheduling: {guestcpu: 1}', '1:14', '(did you mean "guest-cpu"?)');
    hasFault('paths: {host: {zzz: 1}}', '1:16', 'known are backend');
    hasFault('guest: {zzzzzz: 1}', '1:9', 'known are arch, kernel, cpus, memory, accel');
  });

  it('names an unknown backend and the nearest known one', () => {
    hasFault('paths: {a: {backend: mcvtap}}', '1:22', 'unknown backend "mcvtap" (did you mean "macvtap"?)');
    hasFault('paths: {psst: {}}', '1:9', '"psst" is none (did you mean "passt"?)', 'add `backend: KIND`');
    hasFault('paths: {a: {backend: 5}}', '1:22', 'unknown backend 5');
    hasFault('paths: {tap: {backend: macvtap}}', '1:24', 'must be of that backend, got "macvtap"');
  });

  it('is told where its YAML is broken', () => {
    const { code, lines } = faults('paths:\n  tap: {vhost: on\nprobes: []\n');
    assert.equal(code, 'LAB_FILE_SYNTAX');
    assert.match(lines[0] ?? '', /^lab\.yaml:3:1: /);
    assert.equal(faults('a: *nowhere').code, 'LAB_FILE_SYNTAX');
    assert.equal(faults('paths: {tap: {}}\n---\npaths: {}').code, 'LAB_FILE_SYNTAX');
  });

  it('may not give a path, or any other key, twice', () => {
    hasFault('paths:\n  tap: {}\n  tap: {vhost: off}\n', '3:3', 'the key "tap" is given twice');
  });

  it('needs counts of at least one', () => {
    hasFault('probes: [{count: 0}]', '1:18', 'must be at least 1, got 0');
    hasFault('probes: [{count: -5}]', '1:18', 'must be at least 1, got -5');
    hasFault('probes: [{count: 1.5}]', '1:18', 'must be a whole number, got 1.5');
    hasFault('probes: []', '1:9', 'needs at least one entry');
  });

  it('needs units on durations and memory', () => {
    hasFault('probes: [{pace: 10}]', '1:17', 'has no unit', '10ms');
    hasFault('probes: [{pace: "10"}]', '1:17', 'has no unit');
    hasFault('probes: [{pace: 10 parsec}]', '1:17', '"parsec" is not a unit of time');
    hasFault('probes: [{pace: -1ms}]', '1:17', 'is not a duration');
    hasFault('probes: [{pace: 2min}]', '1:17', 'must be at most 60s');
    hasFault('probes: [{duration: 0}]', '1:21', 'must be between 1ms and 3600s');
    hasFault('guest: {memory: 512}', '1:17', 'has no unit', '512MiB');
    hasFault('guest: {memory: 1MiB}', '1:17', 'between 128MiB');
    hasFault('compare: {margin: 1}', '1:19', 'write it in per cent');
    hasFault('probes: [{request: 0}]', '1:20', 'between 1 and 65507 bytes');
  });

  it('needs at least one path, with a name that devices can carry', () => {
    hasFault('paths: {}', '1:8', 'needs at least one path');
    hasFault('paths: {Tap: {backend: tap}}', '1:9', 'starts with a letter a-z');
    hasFault('paths: {a-very-long-name: {backend: tap}}', '1:9', 'at most 12');
    hasFault('paths: {"../x": {backend: tap}}', '1:9', 'starts with a letter a-z');
    hasFault('name: "../../etc"', '1:7', 'must be of a-z');
    hasFault('probes: [{name: "a/b"}]', '1:17', 'must be of a-z');
  });

  it('may compare only paths that it has and that a guest is on', () => {
    hasFault('paths: {tap: {}}\ncompare: {reference: tpa}', '2:22', 'unknown path "tpa" (did you mean "tap"?)');
    hasFault('compare: {pairs: [[macvtap, tap], [macvtap, tep]]}', '1:45', 'unknown path "tep" (did you mean "tap"?)');
    hasFault('compare: {pairs: [[host, tap]]}', '1:20', 'host has no guest');
    hasFault('compare: {pairs: [[tap, tap]]}', '1:19', 'compares tap with itself');
    hasFault('compare: {pairs: [[user, tap], [user, tap]]}', '1:32', 'the same pair as compare.pairs[0]');
    hasFault('compare: {pairs: [[tap]]}', '1:19', 'at least 2 entries');
  });

  it('needs an even number of draws, a pair for each guest', () => {
    hasFault('compare: {draws: 3}', '1:18', 'must be even', '2 or 4, got 3');
    hasFault('compare: {draws: 4, guests: 3}', '1:29', '3 guests need at least 6 draws');
    assert.equal(parseLabFile('compare: {draws: 0, guests: 3}', 'a.yaml').comparison.draws, 0);
  });

  it('may not use the name of the twin, unless there is none', () => {
    const text = 'paths: {tap: {}, tap-twin: {backend: tap}}\n';
    hasFault(text, '1:18', 'is the name of the twin of tap');
    assert.equal(parseLabFile(`${text}compare: {twin: false}`, 'a.yaml').paths.length, 2);
  });

  it('may not have two probes of one name', () => {
    hasFault('probes: [{}, {request: 2}, {protocol: tcp_rr}]', '1:28', 'is called "tcp-rr" like probes[0]');
  });

  it('says what a wrong type should have been', () => {
    hasFault('- a', '1:1', 'must be a map of keys');
    hasFault('paths: tap', '1:8', 'must be a map of keys, got "tap"');
    hasFault('guest: {kernel: debain}', '1:17', 'one of debian, host', '(did you mean "debian"?)');
    hasFault('guest: {kernel: {modules: /m}}', '1:17', 'guest.kernel.file: is missing');
    hasFault('compare: {twin: "no"}', '1:17', 'must be true or false, got "no"');
  });

  it('that is not there is said so, with the command that writes one', async () => {
    await assert.rejects(readLabText('/nowhere/lab.yaml'), (error) => {
      assert.ok(error instanceof HoplabError);
      assert.equal(error.code, 'LAB_FILE_INVALID');
      assert.match(error.message, /\/nowhere\/lab\.yaml/);
      assert.match(error.hint ?? '', /hoplab init/);
      return true;
    });
  });

  it('never makes the parser throw anything but an error for the user, whatever it holds', () => {
    const word = fc.constantFrom(
      'paths',
      'tap',
      'backend',
      'probes',
      'guest',
      'compare',
      '__proto__',
      'constructor',
      '&a',
      '*a',
      '<<',
      '[',
      ']',
      '{',
      '}',
      ':',
      '-',
      '\n',
      '  ',
      '0',
      'null',
      '!!map',
      '"',
    );
    fc.assert(
      fc.property(fc.array(fc.oneof(word, fc.string({ maxLength: 4 })), { maxLength: 24 }), (words) => {
        try {
          parseLabFile(words.join(' '), 'fuzz.yaml');
        } catch (error) {
          assert.ok(error instanceof HoplabError, String(error));
          assert.match(error.message, /fuzz\.yaml:\d+:\d+: /);
        }
      }),
      { numRuns: 300, seed: 7 },
    );
  });
});

it('a lab file is read from disk, and its relative paths start at its folder', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'hoplab-config-'));
  try {
    const file = join(folder, 'own.yaml');
    await writeFile(file, 'guest: {kernel: {file: vmlinuz}}\n');
    const { guest, name } = makeLab(await readLabText(file), {});
    assert.equal(name, 'own');
    assert.deepEqual(guest.kernel, { kind: 'file', image: join(folder, 'vmlinuz'), modules: null });
  } finally {
    await rm(folder, { recursive: true });
  }
});
