// SPDX-License-Identifier: GPL-2.0-only
/** A suite in one nested host, which boots before its first test and ends after its last. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe } from 'node:test';
import { needs } from '../support/needs.ts';
import { bootNested, type NestedHost, type NestedOptions } from './host.ts';
import { whatIsThere } from './left.ts';

const DAY_MS = 86_400_000;

export interface InHost {
  readonly host: NestedHost;
  /** Of this machine, for run folders; gone at the end. */
  readonly folder: string;
  /** What was there before the first test. */
  readonly atFirst: readonly string[];
}

/** `tests` declares them; each asks `at` for what is there by then. `ready`: shell lines before the first. */
export function inNestedHost(
  { name, ready = ':', ...options }: Omit<NestedOptions, 'signal'> & { readonly name: string; readonly ready?: string },
  tests: (at: () => InHost) => void,
): void {
  describe(name, { timeout: DAY_MS, skip: needs('linux') }, () => {
    let there: InHost | null = null;
    let folder: string | null = null;

    before(async () => {
      folder = await mkdtemp(join(tmpdir(), 'hoplab-test-'));
      const host = await bootNested({ ...options, signal: AbortSignal.timeout(DAY_MS) });
      there = { host, folder, atFirst: [] };
      // The first time a kind of link or qdisc is asked for, its module makes a device of its own.
      await host.get(`hoplab doctor --no-boot >/dev/null\n${ready}`);
      there = { host, folder, atFirst: await whatIsThere(host) };
    });

    after(async () => {
      await there?.host[Symbol.asyncDispose]();
      if (folder !== null) await rm(folder, { recursive: true, force: true });
    });

    tests(() => {
      if (there === null) throw new Error('the nested host is not there');
      return there;
    });
  });
}
