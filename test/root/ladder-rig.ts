// SPDX-License-Identifier: GPL-2.0-only
/** The real ladder between two network namespaces: a veth pair, or a bridge between, and a fault of the test's choice. */
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import type { TestContext } from 'node:test';
import {
  type Answered,
  answerPlanText,
  climbPlanText,
  type LadderTask,
  parseAnswered,
  parseClimb,
  withSeen,
} from '../../src/diagnose/ladder.ts';
import { RUNGS, type Rung, type RungResult } from '../../src/model/ladder.ts';
import { findTool } from '../../src/system/find-tool.ts';
import { nativeBinary } from '../../src/system/paths.ts';
import { smallestFailure } from '../support/smallest-failure.ts';
import { startWatch } from '../support/unstalled.ts';

export const NEAR = `ladder-near-${process.pid}`;
export const FAR = `ladder-far-${process.pid}`;
/** A bridge stands between: near's port is "np", far's is "fp". */
export const MIDDLE = `ladder-middle-${process.pid}`;
const NAMES = [NEAR, FAR, MIDDLE];

export const ip = (...args: string[]): string => execFileSync('ip', args, { encoding: 'utf8', stdio: 'pipe' });
export const within = (netns: string, ...argv: string[]): string => ip('netns', 'exec', netns, ...argv);

/** near0 10.66.0.1 - np [bridge sw] fp - far0 10.66.0.2, all up. */
export function buildPath(): void {
  for (const netns of NAMES) {
    ip('netns', 'add', netns);
    ip('-n', netns, 'link', 'set', 'lo', 'up');
  }
  ip(
    '-n',
    MIDDLE,
    'link',
    'add',
    'sw',
    'type',
    'bridge',
    'stp_state',
    '0',
    'forward_delay',
    '0',
    'mcast_snooping',
    '0',
  );
  for (const [netns, device, port, last] of [
    [NEAR, 'near0', 'np', '1'],
    [FAR, 'far0', 'fp', '2'],
  ] as const) {
    ip('link', 'add', device, 'netns', netns, 'type', 'veth', 'peer', 'name', port, 'netns', MIDDLE);
    ip('-n', netns, 'address', 'add', `10.66.0.${last}/24`, 'dev', device);
    ip('-n', netns, 'address', 'add', `fd66::${last}/64`, 'dev', device, 'nodad');
    ip('-n', netns, 'link', 'set', device, 'up');
    ip('-n', MIDDLE, 'link', 'set', port, 'master', 'sw');
    ip('-n', MIDDLE, 'link', 'set', port, 'up');
  }
  ip('-n', MIDDLE, 'link', 'set', 'sw', 'up');
}

export function removePath(): void {
  for (const netns of NAMES) if (existsSync(`/run/netns/${netns}`)) ip('netns', 'del', netns);
}

function taskOf(rungs: readonly Rung[] = RUNGS): LadderTask {
  return {
    index: 0,
    port: 9000,
    client: { place: 'host2', device: 'near0', address: '10.66.0.1', address6: 'fd66::1' },
    server: { place: 'host1', device: 'far0', address: '10.66.0.2', address6: 'fd66::2' },
    connect: '10.66.0.2',
    rungs,
  };
}

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function start(netns: string, role: 'answer' | 'climb') {
  const child = spawn('ip', ['netns', 'exec', netns, nativeBinary('ladder'), role], { stdio: 'pipe' });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  child.stdin.on('error', () => {});
  const ended = once(child, 'close').then(
    ([code]): Ended => ({ code: typeof code === 'number' ? code : null, stdout, stderr }),
  );
  return { child, ended };
}

/** Runs one role to its end with this stdin. */
export async function runRole(netns: string, role: 'answer' | 'climb', input: string): Promise<Ended> {
  const { child, ended } = start(netns, role);
  child.stdin.end(input);
  return ended;
}

export interface Climbed {
  readonly rungs: readonly RungResult[];
  readonly answered: Answered;
  readonly ms: number;
}

export interface ClimbOptions {
  readonly rungs?: readonly Rung[];
  /** False: nobody answers at the far side. */
  readonly answer?: boolean;
  /** Acts once the far side answers. */
  readonly meanwhile?: () => void;
}

export async function climb({ rungs = RUNGS, answer = true, meanwhile }: ClimbOptions = {}): Promise<Climbed> {
  const task = taskOf(rungs);
  const far = start(FAR, 'answer');
  try {
    if (answer) {
      far.child.stdin.write(answerPlanText(task));
      const early = await Promise.race([once(far.child.stdout, 'data').then(() => null), far.ended]);
      assert.equal(early, null, early?.stderr);
    }
    meanwhile?.();
    const passed = startWatch();
    const near = await runRole(NEAR, 'climb', climbPlanText(task));
    const ms = passed();
    assert.equal(near.code, 0, near.stderr);
    far.child.stdin.end();
    const { stdout } = await far.ended;
    const answered = answer ? parseAnswered(stdout.replace(/^ready\n/, '')) : { seen: {}, device: null };
    return { rungs: withSeen(parseClimb(near.stdout, rungs), answered, 'host1'), answered, ms };
  } finally {
    far.child.kill('SIGKILL');
    await far.ended;
  }
}

export async function hasNft(t: TestContext): Promise<boolean> {
  if ((await findTool('nft')) !== null) return true;
  t.skip('needs nft: apt-get install nftables');
  return false;
}

export function nft(netns: string, ...commands: string[]): void {
  for (const command of commands) within(netns, 'nft', command);
}

/** Drops what matches as it comes into a port of the bridge; false = there is no nft, and the test is skipped. */
export async function dropAt(port: string, t: TestContext, match: string): Promise<boolean> {
  if (!(await hasNft(t))) return false;
  nft(MIDDLE, 'add table netdev f', `add chain netdev f in { type filter hook ingress device ${port} priority 0; }`);
  nft(MIDDLE, `add rule netdev f in ${match} drop`);
  return true;
}

export function macOf(netns: string, device: string): string {
  const links: readonly { readonly address: string }[] = JSON.parse(ip('-n', netns, '-j', 'link', 'show', device));
  return links[0]?.address ?? '';
}

export function find(rungs: readonly RungResult[], rung: Rung): RungResult {
  return rungs.find((result) => result.rung === rung) ?? assert.fail(`no result of ${rung}`);
}

export function passed(rungs: readonly RungResult[]): Rung[] {
  return rungs.filter(({ outcome }) => outcome === 'pass').map(({ rung }) => rung);
}

export function failed(rungs: readonly RungResult[]): string[] {
  return rungs.filter(({ outcome }) => outcome !== 'pass').map(({ rung, detail }) => `${rung}: ${detail}`);
}

export function smallest({ rungs }: Climbed): string {
  const first = smallestFailure(rungs);
  return first === null ? 'nothing failed' : `${first.rung}: ${first.detail}`;
}
