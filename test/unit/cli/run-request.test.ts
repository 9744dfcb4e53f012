// SPDX-License-Identifier: GPL-2.0-only
/** What the process that records a run for a page is told: data, and the same as a command line would say. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { Command } from 'commander';
import { addLabOptions, type LabFlags } from '../../../src/cli/lab-options.ts';
import { overridesOf } from '../../../src/cli/lab-source.ts';
import { parseRunRequest, requestRun } from '../../../src/cli/record/run-request.ts';
import { makeLab } from '../../../src/config/make-lab.ts';

it('a requested run has the lab, the label and the folder of the command that it names', () => {
  for (const effort of ['quick', 'default', 'thorough'] as const) {
    const { argv, stdin } = requestRun({ paths: ['host', 'tap'], effort, label: 'one' }, '/runs');
    const command = addLabOptions(new Command('run')).option('--runs <DIR>').option('--label <TEXT>');
    command.action(() => undefined).parse(argv.slice(1), { from: 'user' });
    const { spec, ...rest } = parseRunRequest(stdin);
    assert.deepEqual(spec, makeLab(null, overridesOf(command.opts<LabFlags>())));
    assert.deepEqual(rest, { argv, label: 'one', root: '/runs' });
    assert.deepEqual(command.opts(), { ...command.opts(), label: 'one', runs: '/runs' });
  }
});

it('a run of a path that there is none of is refused before any process starts', () => {
  assert.throws(() => requestRun({ paths: ['tpa'], effort: 'quick', label: null }, '/runs'), /unknown path "tpa"/);
});
