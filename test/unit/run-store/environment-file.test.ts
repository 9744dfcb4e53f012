// SPDX-License-Identifier: GPL-2.0-only
/** Guests of a recorded environment: by place, or the one that older runs have. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { it } from 'node:test';
import { environmentRows } from '../../../src/results/run/environment-rows.ts';
import { environmentFileSchema } from '../../../src/run-store/environment-file.ts';
import { makeEnvironment } from '../../fixtures/generated-lab.ts';
import { projectFolder } from '../../fixtures/project-folder.ts';

const recorded = (name: string): unknown =>
  JSON.parse(readFileSync(join(projectFolder(), 'test/fixtures', name, 'environment.json'), 'utf8'));

it('the one guest of an older run is that of the place guest, with its VMM', () => {
  const { guests } = environmentFileSchema.parse(recorded('recorded-run'));
  assert.deepEqual(Object.keys(guests), ['guest']);
  assert.match(guests.guest?.vmm.version ?? '', /^7\.2\./);
  assert.equal(guests.guest?.accel, 'tcg');
});

it('an older run without a guest has none', () => {
  assert.deepEqual(environmentFileSchema.parse(recorded('recorded-trace-stamps')).guests, {});
});

it('two guests are read as they were written, and each has rows of its own', () => {
  const written = makeEnvironment();
  const { guest } = written.guests;
  assert.ok(guest);
  const both = { ...written, guests: { guest, guest2: { ...guest, cpus: 7 } } };
  assert.deepEqual(environmentFileSchema.parse(JSON.parse(JSON.stringify(both))), both);
  const cpus = environmentRows(both).filter(({ name, fold }) => name === 'CPUs' && fold === 'open');
  assert.deepEqual(
    cpus.map(({ group, value }) => [group, value]),
    [
      ['guest', '1'],
      ['guest2', '7'],
    ],
  );
  const vmms = environmentRows(both).filter(({ name }) => name === 'arguments');
  assert.deepEqual(
    vmms.map(({ group }) => group),
    ['QEMU', 'QEMU of guest2'],
  );
});

it('a guest without its VMM is damage, not a guess', () => {
  const { error } = environmentFileSchema.safeParse({ ...Object(recorded('recorded-run')), qemu: undefined });
  assert.match(error?.message ?? '', /vmm/);
});

it('the threads of a guest are told by their roles, and those of vhost by name', () => {
  const written = makeEnvironment();
  const { guest } = written.guests;
  assert.ok(guest);
  const threads = [
    { name: 'qemu-system-x86', role: 'main', scheduling: 'fifo:11', cpus: '0' },
    { name: 'CPU 0/KVM', role: 'vcpu 0', scheduling: 'fifo:10', cpus: '1' },
    { name: 'vhost-4711', role: 'vhost', scheduling: 'fifo:11', cpus: '0' },
    { name: 'vhost-4711', role: 'vhost', scheduling: 'other', cpus: '0-1' },
  ];
  const environment = { ...written, guests: { guest: { ...guest, threads } } };
  assert.deepEqual(environmentFileSchema.parse(JSON.parse(JSON.stringify(environment))), environment);
  const shown = environmentRows(environment).filter(({ group }) => group === 'threads');
  assert.deepEqual(
    shown.map(({ name, value }) => [name, value]),
    [
      ['main', 'fifo:11 on CPU 0'],
      ['vcpu 0', 'fifo:10 on CPU 1'],
      ['vhost', 'fifo:11 on CPU 0, other on CPU 0-1'],
    ],
  );
  const names = environmentRows(environment).find(({ name }) => name === 'vhost workers');
  assert.equal(names?.value, 'vhost-4711, vhost-4711');
  assert.deepEqual(
    environmentRows(written).filter(({ group, name }) => group === 'threads' || name === 'vhost workers'),
    [],
  );
});
