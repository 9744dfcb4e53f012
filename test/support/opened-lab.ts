// SPDX-License-Identifier: GPL-2.0-only
/** A live lab from the text of a lab file, its guest booted and every NIC plugged. */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { silentProgress } from '../../src/cli/progress.ts';
import { parseLabFile } from '../../src/config/parse-lab-file.ts';
import { bootPlugged } from '../../src/lab/live/boot-plugged.ts';
import type { GuestSession } from '../../src/lab/live/guest-session.ts';
import { type Lab, openLab } from '../../src/lab/live/open.ts';
import { knownForRun } from '../../src/lab/plan/needs.ts';
import { planLab } from '../../src/lab/plan/plan.ts';
import type { PathPlan } from '../../src/model/plan.ts';
import { Scope } from '../../src/system/scope.ts';

export interface OpenedLab extends AsyncDisposable {
  readonly lab: Lab;
  path(name: string): PathPlan;
}

/** Throws unless every path of the file is there. `boot` false: the test boots the guest. */
export async function openTestLab(
  text: string,
  signal: AbortSignal,
  { observe = false, boot: booted = true }: { readonly observe?: boolean; readonly boot?: boolean } = {},
): Promise<OpenedLab> {
  const spec = parseLabFile(text, 'test.yaml');
  const { facts, unavailable } = await knownForRun(spec, signal);
  const plan = planLab(spec, facts, unavailable, { observe });
  assert.deepEqual(
    plan.unavailable.map(({ path, reason }) => `${path}: ${reason}`),
    [],
  );
  const scope = new Scope();
  try {
    const logs = await mkdtemp(join(tmpdir(), 'hoplab-test-'));
    scope.defer('remove the logs', () => rm(logs, { recursive: true, force: true }));
    const logPath = (name: string) => join(logs, `${name}.log`);
    const lab = scope.use(
      'the lab',
      await openLab(plan, { id: basename(logs), signal, progress: silentProgress, logPath }),
    );
    assert.deepEqual(
      lab.failed.map(({ error }) => error.message),
      [],
    );
    if (booted && plan.guests > 0) scope.use('the guest', await boot(lab, signal));
    const path = (name: string) => plan.paths.find((each) => each.name === name) ?? assert.fail(`no path ${name}`);
    return { lab, path, [Symbol.asyncDispose]: () => scope.close() };
  } catch (error) {
    await scope.close();
    throw error;
  }
}

async function boot(lab: Lab, signal: AbortSignal): Promise<GuestSession> {
  const { session, failed } = await bootPlugged(lab, { busybox: null, progress: silentProgress, signal });
  if (failed.size === 0) return session;
  await session[Symbol.asyncDispose]();
  return assert.fail([...failed.values()].map(({ message }) => message).join('; '));
}
