// SPDX-License-Identifier: GPL-2.0-only
/** `hoplab weekly` as a process: a notebook from nothing, every form, what is refused, and what is not written over. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { temporaryFolder } from '../../fixtures/temporary-folder.ts';
import { errorOf, hoplab } from '../../support/hoplab.ts';

/** Where no notebook of the machine's own is found, and days are those of UTC. */
const env = { HOPLAB_NOTEBOOK: '', HOPLAB_RUNS: '/no/runs', TZ: 'UTC' };

describe('hoplab weekly', () => {
  it('without a notebook says how to make one, and init makes one that can be rendered', async (context) => {
    const folder = temporaryFolder(context);
    const at = ['sh', '-c', 'cd "$0" && exec "$@"', folder];
    const without = await hoplab(['weekly'], { env, through: at });
    assert.equal(without.code, 1);
    assert.equal(errorOf(without).code, 'NOTEBOOK_NOT_FOUND');
    assert.match(errorOf(without).hint, /^hoplab weekly init/);
    assert.equal((await hoplab(['weekly', 'init'], { env, through: at })).code, 0);
    const first = await hoplab(['weekly'], { env, through: at });
    assert.equal(first.code, 0, first.stderr);
    assert.match(first.stdout, /^\[STR-1\] \(Latency of VM networking, path by path\)$/m);
    assert.match(first.stderr, /^note: STR-1: no run in \/no\/runs has the label or id "str-1"/m);
    const again = await hoplab(['weekly', 'init'], { env, through: at });
    assert.equal(again.code, 2);
    assert.match(errorOf(again).message, /there is weekly\/notebook\.yaml already/);
  });

  it('imports a report, keeps its own, and writes mail, page and JSON', async (context) => {
    const folder = temporaryFolder(context);
    const notebook = ['--notebook', join(folder, 'n')];
    const old = join(folder, '2022-03-04.txt');
    writeFileSync(old, '=== KVM ===\n[STR-9] (old)\n- done\n\nhello there\n');
    const imported = await hoplab(['weekly', 'import', old, ...notebook], { env });
    assert.equal(imported.code, 0, imported.stderr);
    assert.match(imported.stdout, /2022-W09, 2022-03-04: 3 entries; new: STR-9$/m);
    const json = await hoplab(['weekly', 'import', old, ...notebook, '--json'], { env });
    assert.equal(JSON.parse(json.stdout).imported[0].added, 0);
    const file = join(folder, 'report.eml');
    const week = ['weekly', ...notebook, '--week', '2022-W09'];
    const mail = await hoplab([...week, '--format', 'eml', '-o', file, '--keep'], { env });
    assert.equal(mail.code, 0, mail.stderr);
    assert.equal(mail.stdout, '');
    assert.match(readFileSync(file, 'utf8'), /^Content-Type: text\/plain; charset=us-ascii\r$/m);
    assert.ok(existsSync(join(folder, 'n', 'sent', '2022-W09-2.txt')));
    const data = JSON.parse((await hoplab([...week, '--json'], { env })).stdout);
    assert.deepEqual([data.schema, data.week, data.sections[0].cards[0].id], [1, '2022-W09', 'STR-9']);
    assert.match((await hoplab([...week, '--format', 'html'], { env })).stdout, /^<!doctype html>/);
  });

  it('refuses what it does not understand, with the next command', async (context) => {
    const folder = temporaryFolder(context);
    const cases: readonly (readonly [string[], string])[] = [
      [['weekly', '--notebook', folder], 'NOTEBOOK_NOT_FOUND'],
      [['weekly', 'import', '--notebook', folder, join(folder, 'none.txt')], 'REPORT_UNREADABLE'],
      [['weekly', 'import', '--date', 'yesterday', join(folder, 'none.txt')], 'USAGE'],
      [['weekly', '--format', 'pdf'], 'USAGE'],
    ];
    for (const [args, code] of cases) {
      const outcome = await hoplab(args, { env });
      assert.notEqual(outcome.code, 0);
      assert.equal(errorOf(outcome).code, code, outcome.stderr);
    }
  });
});
