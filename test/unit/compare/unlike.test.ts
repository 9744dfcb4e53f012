// SPDX-License-Identifier: GPL-2.0-only
/** Runs that are unlike: each difference is refused or flagged by its rule, and one that is accepted is compared. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { isRefused } from '../../../src/compare/unlike.ts';
import { UNLIKE_RULES } from '../../../src/compare/unlike-table.ts';
import type { Block } from '../../../src/model/block.ts';
import { UNLIKE_KEYS, type UnlikeKey } from '../../../src/model/compare.ts';
import type { Environment, GuestEnvironment } from '../../../src/model/environment.ts';
import type { LabSpec } from '../../../src/model/lab-spec.ts';
import { compared, edit, primary, slowed } from '../../fixtures/compared-runs.ts';
import { projectFolder } from '../../fixtures/project-folder.ts';
import { temporaryFolder } from '../../fixtures/temporary-folder.ts';
import { cameTo } from '../../support/came-to.ts';

type Writable<T> = { -readonly [K in keyof T]: T[K] extends readonly unknown[] ? T[K] : Writable<T[K]> };

const environment = (change: (environment: Writable<Environment>) => void) => (folder: string) =>
  edit<Writable<Environment>>(folder, 'environment.json', (value) => {
    change(value);
    return value;
  });

const ofGuest = (change: (guest: Writable<GuestEnvironment>) => void) =>
  environment(({ guests }) => {
    if (guests.guest !== undefined) change(guests.guest);
  });

const vhostWith = (scheduling: string) => (folder: string) => {
  ofGuest((guest) => {
    guest.threads = [{ name: 'vhost-4711', role: 'vhost', scheduling, cpus: '0' }];
  })(folder);
  spec((value) => ({ ...value, paths: value.paths.map((path) => ({ ...path, options: { vhost: 'on' } })) }))(folder);
};

const kvmWith = (avic: string) => (folder: string) => {
  ofGuest((guest) => {
    guest.accel = 'kvm';
  })(folder);
  environment((value) => {
    value.kvm = { modules: { kvm_amd: { nested: '1', avic } }, haltPollNs: 200_000 };
  })(folder);
};

const spec = (change: (spec: LabSpec) => object) => (folder: string) => edit<LabSpec>(folder, 'spec.json', change);

const everyBlock = (change: (block: Block) => object) => (folder: string) => {
  for (const name of ['overview-tcp-rr-guest-0', 'overview-tcp-rr-guest-1']) {
    edit<Block>(folder, `blocks/${name}.json`, change);
  }
};

/** One difference of each key, as a run folder tells it. */
const DIFFERENCES: Readonly<Partial<Record<UnlikeKey, (folder: string) => void>>> = {
  arch: spec((value) => ({ ...value, guest: { ...value.guest, arch: 'aarch64' } })),
  accel: ofGuest((guest) => {
    guest.accel = guest.accel === 'kvm' ? 'tcg' : 'kvm';
  }),
  cpu: environment(({ cpu }) => {
    cpu.model = 'another CPU';
  }),
  isolation: environment(({ kernel }) => {
    kernel.commandLine = 'quiet isolcpus=1 nohz_full=1';
  }),
  governor: environment(({ cpu }) => {
    cpu.governor = 'powersave';
  }),
  clocksource: environment((value) => {
    value.clocksource = 'hpet';
  }),
  'guest-size': ofGuest((guest) => {
    guest.memoryMiB = 4096;
  }),
  kernel: environment(({ kernel }) => {
    kernel.release = '6.12.9';
  }),
  'command-line': environment(({ kernel }) => {
    kernel.commandLine = 'quiet splash';
  }),
  os: environment((value) => {
    value.os = 'Debian GNU/Linux 13 (trixie)';
  }),
  qemu: ofGuest(({ vmm }) => {
    vmm.version = '10.0.2';
  }),
  'guest-kernel': ofGuest((guest) => {
    guest.kernel = '6.12.9-cloud';
  }),
  'guest-command-line': ofGuest((guest) => {
    guest.commandLine = 'mitigations=off';
  }),
  load: environment(({ before }) => {
    before.load1 = 97;
  }),
  machine: environment((value) => {
    value.hostname = 'elsewhere';
  }),
  tools: environment((value) => {
    value.tools = Object.fromEntries(Object.keys(value.tools).map((name) => [name, 'another version']));
  }),
  nic: environment((value) => {
    value.devices = value.devices.map((device) => ({ ...device, mtu: 9000 }));
  }),
  offloads: environment((value) => {
    value.devices = value.devices.map((device) => ({
      ...device,
      offloads: Object.fromEntries(Object.entries(device.offloads).map(([flag, on]) => [flag, !on])),
    }));
  }),
  options: spec((value) => ({
    ...value,
    paths: value.paths.map((path) => ({ ...path, options: { extraBridges: 2 } })),
  })),
  vhost: spec((value) => ({ ...value, paths: value.paths.map((path) => ({ ...path, options: { vhost: 'on' } })) })),
  'vhost-worker': vhostWith('other'),
  kvm: kvmWith('Y'),
  'huge-pages': environment((value) => {
    value.hugePages = 'always';
  }),
  'rt-throttling': environment((value) => {
    value.rtThrottling = '950000 of 1000000 us';
  }),
  pace: spec((value) => ({ ...value, probes: value.probes.map((probe) => ({ ...probe, paceNs: 10_000_000 })) })),
  probe: spec((value) => ({ ...value, probes: value.probes.map((probe) => ({ ...probe, requestBytes: 1024 })) })),
  window: spec((value) => ({ ...value, probes: value.probes.map((probe) => ({ ...probe, count: 77 })) })),
  scheduling: everyBlock((block) => ({ ...block, client: { ...block.client, scheduling: 'other' } })),
  proof: everyBlock((block) => ({ ...block, proofs: block.proofs.map((proof) => ({ ...proof, proven: false })) })),
  state: (folder) => edit(folder, 'run.json', (header) => ({ ...header, state: 'interrupted' })),
  'tool-version': (folder) =>
    edit(folder, 'run.json', (header) => ({ ...header, tool: { name: 'hoplab', version: '9.9.9' } })),
};

/** What the baseline must have so that the difference is one. */
const BEFORE: Readonly<Partial<Record<UnlikeKey, (folder: string) => void>>> = {
  vhost: spec((value) => ({ ...value, paths: value.paths.map((path) => ({ ...path, options: { vhost: 'off' } })) })),
  'vhost-worker': vhostWith('fifo:11'),
  kvm: kvmWith('N'),
};

/** K is a matter of blocks, and has a test of its own. */
const TRIED = UNLIKE_KEYS.filter((key) => key !== 'k');

describe('a difference between two runs', () => {
  it('has a way to be produced here, whatever its key', () => {
    assert.deepEqual(Object.keys(DIFFERENCES).sort(), [...TRIED].sort());
  });

  for (const key of TRIED) {
    const { level } = UNLIKE_RULES[key];
    it(`in ${key} is ${level}, with both values, and compared once it is allowed`, async (context) => {
      const root = temporaryFolder(context);
      const [a, b] = [await slowed(root, 1, TINY), await slowed(root, 2, TINY)];
      BEFORE[key]?.(a);
      if (key === 'nic' || key === 'offloads') for (const folder of [a, b]) addDevice(folder);
      DIFFERENCES[key]?.(b);
      const report = await compared([a], [b]);
      const found = report.unlike.find((unlike) => unlike.key === key);
      assert.ok(found, JSON.stringify(report.unlike));
      assert.equal(found.level, level);
      assert.notDeepEqual(found.baselineValues, found.candidateValues);
      assert.ok(found.baselineValues.join() !== '' && found.candidateValues.join() !== '');
      assert.equal(report.refused, level === 'refused');
      assert.equal(report.cells.length === 0, level === 'refused');
      const allow = [...new Set(report.unlike.filter(isRefused).map((unlike) => unlike.key))];
      const accepted = await compared([a], [b], { allow });
      assert.equal(accepted.refused, false);
      assert.ok(accepted.cells.length > 0);
      assert.ok(accepted.unlike.filter((unlike) => unlike.level === 'refused').every(({ allowed }) => allowed));
    });
  }

  it('is not that every guest is told the rate of its counter as it was measured then', async (context) => {
    const root = temporaryFolder(context);
    const [a, b, older] = [await slowed(root, 1, TINY), await slowed(root, 2, TINY), await slowed(root, 3, TINY)];
    const told = (commandLine: string) =>
      ofGuest((guest) => {
        guest.commandLine = commandLine;
      });
    told('panic=-1 tsc=reliable tsc_early_khz=2596148')(a);
    told('panic=-1 tsc=reliable tsc_early_khz=2596149')(b);
    told('panic=-1 tsc=reliable')(older);
    for (const other of [b, older]) {
      const { unlike } = await compared([a], [other]);
      assert.deepEqual(
        unlike.filter(({ key }) => key === 'guest-command-line'),
        [],
      );
    }
  });

  it('from an older run is that it recorded less, which is flagged and never refused', async (context) => {
    const root = temporaryFolder(context);
    const [older, a, b] = [await slowed(root, 1, TINY), await slowed(root, 2, TINY), await slowed(root, 3, TINY)];
    for (const folder of [a, b]) {
      vhostWith('fifo:11')(folder);
      kvmWith('N')(folder);
      DIFFERENCES['huge-pages']?.(folder);
      DIFFERENCES['rt-throttling']?.(folder);
    }
    assert.deepEqual((await compared([a], [b])).unlike, []);
    ofGuest((guest) => {
      guest.accel = 'kvm';
    })(older);
    spec((value) => ({ ...value, paths: value.paths.map((path) => ({ ...path, options: { vhost: 'on' } })) }))(older);
    const report = await compared([older], [a]);
    assert.equal(report.refused, false);
    assert.deepEqual(
      report.unlike.map(({ key, level, baselineValues, candidateValues }) => [
        ...[key, level, baselineValues.join(), candidateValues.join()],
      ]),
      [
        ['vhost-worker', 'flagged', 'not recorded', 'fifo:11 on CPU 0'],
        [
          ...['kvm', 'flagged', 'vendor module, nested, APICv, halt_poll_ns: not recorded'],
          'vendor module: kvm_amd,nested: on,APICv: off,halt_poll_ns: 200000',
        ],
        ['huge-pages', 'flagged', 'not recorded', 'always'],
        ['rt-throttling', 'flagged', 'not recorded', '950000 of 1000000 us'],
      ],
    );
    const { environmentChanges } = await import('../../../src/compare/unlike.ts');
    const fact = (value: string) => ({ key: 'huge-pages', path: null, item: '', value }) as const;
    assert.deepEqual(environmentChanges([fact('not recorded')], [fact('always')], [null]), [], 'no change in a trend');
    assert.equal(environmentChanges([fact('never')], [fact('always')], [null]).length, 1);
  });

  it('in K leaves out the overview, and is refused where nothing else is left', async (context) => {
    const root = temporaryFolder(context);
    const [a, b] = [await slowed(root, 1), await slowed(root, 2)];
    for (const round of [0, 1]) lengthen(b, round);
    const report = await compared([a], [b], { only: ['tap', 'user'] });
    assert.equal(report.refused, false);
    assert.deepEqual(
      report.cells.map(({ path }) => path),
      ['user', 'tap-twin'],
      'the chosen path, and the control that judges it',
    );
    assert.ok(
      report.missing.some(({ path, reason }) => path === 'tap' && /K = 5 against K = 6.*--allow k/.test(reason)),
    );
    assert.deepEqual(
      report.missing.filter(({ reason }) => /too few/.test(reason)),
      [],
      'what another K left out was not measured too seldom',
    );
    const alone = await compared([a], [b], { only: ['tap'] });
    assert.equal(alone.refused, true);
    assert.deepEqual(
      alone.unlike.map(({ key, path }) => [key, path]),
      [['k', 'tap']],
    );
    assert.equal((await compared([a], [b], { only: ['tap'], allow: ['k'] })).refused, false);
  });

  it('in K is told once of a path that several probes measured', async (context) => {
    const root = temporaryFolder(context);
    const [a, b] = [await slowed(root, 1, { ...TINY, paced: true }), await slowed(root, 2, { ...TINY, paced: true })];
    for (const name of readdirSync(join(b, 'blocks')).filter((one) => /^overview-.*guest-\d+\.json$/.test(one))) {
      edit<Block>(b, `blocks/${name}`, (block) => ({ ...block, paths: [...block.paths, 'silent'] }));
    }
    const { unlike } = await compared([a], [b], { only: ['tap'] });
    assert.deepEqual(
      unlike.filter(({ key }) => key === 'k').map(({ path }) => path),
      ['tap'],
    );
  });

  it('is not looked for between two different paths in what belongs to a path', async (context) => {
    const root = temporaryFolder(context);
    const [a, b] = [await slowed(root, 1, TINY), await slowed(root, 2, TINY)];
    DIFFERENCES.options?.(b);
    const { compareRuns } = await import('../../../src/compare/compare-runs.ts');
    const { side } = await import('../../fixtures/compared-runs.ts');
    const report = compareRuns(await side('a', [a], 'tap'), [await side('b', [b], 'macvtap')], { version: '1' });
    assert.deepEqual(report.unlike, []);
    assert.equal(report.cells.length, 1);
  });

  it('in a run whose environment is lost is that nothing is known of it', async (context) => {
    const root = temporaryFolder(context);
    const [a, b] = [await slowed(root, 1, TINY), await slowed(root, 2, TINY)];
    rmSync(join(b, 'environment.json'));
    const report = await compared([a], [b]);
    const [unlike] = report.unlike;
    assert.equal(unlike?.key, 'machine');
    assert.match(unlike.candidateValues.join(), /^nothing known of /);
    assert.equal(report.refused, false);
  });

  it('in load voids the latencies of one run a side, and not their ratios', async (context) => {
    const root = temporaryFolder(context);
    const [a, b] = [await slowed(root, 1), await slowed(root, 2)];
    DIFFERENCES.load?.(b);
    const report = await compared([a], [b]);
    assert.equal(cameTo(primary(report, 'tap')), 'invalid');
    assert.match(primary(report, 'tap').because, /other work had all CPUs before after/);
    assert.equal(cameTo(primary(report, 'macvtap')), 'inconclusive');
    assert.equal(cameTo(primary(await compared([a], [b], { allow: ['load'] }), 'tap')), 'inconclusive');
  });

  it('stands in the table of the documentation, with its level', () => {
    const text = readFileSync(join(projectFolder(), 'docs', 'compare.md'), 'utf8');
    for (const key of UNLIKE_KEYS) {
      const { level, what } = UNLIKE_RULES[key];
      assert.ok(text.includes(`| \`${key}\` | ${level} | ${what} |`), `| \`${key}\` | ${level} | ${what} |`);
    }
  });
});

const TINY = { count: 100, overviewBlocks: 2, draws: 2 } as const;

function addDevice(folder: string): void {
  environment((value) => {
    value.devices = [
      {
        where: 'host2',
        device: 't-tap',
        path: 'tap',
        mtu: 1500,
        driver: 'tun',
        offloads: { 'tx-checksumming': true, gso: true },
      },
    ];
  })(folder);
}

/** A round of the overview in which one path more took part, which never answered. */
function lengthen(folder: string, round: number): void {
  edit<Block>(folder, `blocks/overview-tcp-rr-guest-${round}.json`, (block) => ({
    ...block,
    paths: [...block.paths, 'silent'],
  }));
}
