// SPDX-License-Identifier: GPL-2.0-only
/** Real runs in a folder of their own, which a test may hurt in the middle, and what each of them left. */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { FailedCell } from '../../src/model/block.ts';
import type { Environment } from '../../src/model/environment.ts';
import type { CellSummary, Report } from '../../src/model/result.ts';
import { killAllHoplabs, type Outcome, type Running, startHoplab } from './hoplab.ts';
import { assertAllGone, assertMachineClean, type LiveLab, labOf } from './live-lab.ts';

/** On the busiest machine a block measures by then. */
const STARTED_MS = 120_000;
/** The first block with a guest, in the progress. */
const BLOCK = /, round 1 of \d+: (?!host,).* \.\.\./;
const BLOCK_ENDED = new RegExp(`${BLOCK.source} [\\d.]+ s`);
/** A test that gets no CPU for half a second acts on a later block, which shows something else: it is done again. */
const ATTEMPTS = 5;

export interface Ended {
  readonly outcome: Outcome;
  readonly report: Report;
  readonly environment: Environment;
  /** The run folder. */
  readonly folder: string;
}

export class RunRig implements AsyncDisposable {
  readonly root: string;

  private constructor(root: string) {
    this.root = root;
  }

  static async open(): Promise<RunRig> {
    return new RunRig(await mkdtemp(join(tmpdir(), 'hoplab-test-')));
  }

  /** A run whose folder of runs has this name: one for each run. */
  start(name: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): Running {
    return startHoplab(['run', '--force', ...args], { env: { ...env, HOPLAB_RUNS: join(this.root, name) } });
  }

  async labFile(name: string, text: string): Promise<string> {
    const file = join(this.root, `${name}.yaml`);
    await writeFile(file, text);
    return file;
  }

  /** Starts a run and acts within its first block with a guest. */
  async startAndHurt(name: string, args: readonly string[], act: (lab: LiveLab) => Promise<void>): Promise<Running> {
    for (let attempt = 1; ; attempt++) {
      const running = this.start(name, args);
      await this.act(running, act);
      // What it said before the act is here by then.
      await delay(1);
      if (!BLOCK_ENDED.test(running.said())) return running;
      assert.ok(attempt < ATTEMPTS, `the act came after the block: ${running.said()}`);
      running.kill('SIGKILL');
      await running.done;
      await assertAllGone(running.mark);
      await rm(join(this.root, name), { recursive: true });
    }
  }

  /** Acts on a run as soon as a block of it with a guest is under way: its client has connected to a server in host1. */
  async act(running: Running, act: (lab: LiveLab) => Promise<void>): Promise<void> {
    const lab = await labOf(running.pid);
    await running.until(BLOCK);
    const isConnected = () => lab.processes(/^\S*hoplab-prober server/).some(({ pid }) => hasConnection(pid));
    for (const until = Date.now() + STARTED_MS; !isConnected(); await delay(5))
      assert.ok(Date.now() < until, 'nobody connects to host1');
    await act(lab);
  }

  async hurt(name: string, args: readonly string[], act: (lab: LiveLab) => Promise<void>): Promise<Ended> {
    return this.end(name, await this.startAndHurt(name, args, act));
  }

  /** What a run left, once it has ended: results, and nothing on the machine. */
  async end(name: string, running: Running): Promise<Ended> {
    const outcome = await running.done;
    const runs = join(this.root, name);
    await assertAllGone(running.mark);
    await assertMachineClean(runs);
    const folder = join(runs, readdirSync(runs)[0] ?? '');
    assert.ok(existsSync(join(folder, 'results.json')), outcome.stderr);
    const read = (file: string) => JSON.parse(readFileSync(join(folder, file), 'utf8'));
    return { outcome, folder, report: read('results.json'), environment: read('environment.json') };
  }

  async runLab(name: string, text: string, args: readonly string[] = []): Promise<Ended> {
    return this.end(name, this.start(name, [await this.labFile(name, text), ...args]));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    killAllHoplabs();
    await rm(this.root, { recursive: true, force: true });
  }
}

/** Whether a TCP connection is open in the network of this process. */
function hasConnection(pid: number): boolean {
  try {
    return /: \S+ \S+ 01 /.test(readFileSync(`/proc/${pid}/net/tcp`, 'utf8'));
  } catch {
    return false; // ended between the listing and the look
  }
}

/** The first cell of a path, under the probe of that name where one is named. */
export function cellOf(report: Report, path: string, probe: string | null = null): CellSummary | undefined {
  return report.probes
    .flatMap(({ cells }) => cells)
    .find((cell) => cell.path === path && cell.probe === (probe ?? cell.probe));
}

/** All transactions are there, none is lost, and all took the path. */
export function assertWhole(report: Report, path: string, count: number, probe: string | null = null): void {
  const cell = cellOf(report, path, probe);
  assert.deepEqual([cell?.n, cell?.lost, cell?.proven], [count, 0, true], `${probe ?? ''} ${path}`);
}

export function pathsOf(failed: readonly FailedCell[]): string[] {
  return [...new Set(failed.map(({ path }) => path))];
}
