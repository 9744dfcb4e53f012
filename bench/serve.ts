// SPDX-License-Identifier: GPL-2.0-only
/**
 * How fast many runs are listed: `npm run bench:serve [RUNS]` writes run folders, and measures over HTTP what a browser waits
 * for, and what a shell waits for that completes one of them. The table is in docs/performance.md.
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { RunIndex } from '../src/run-index/run-index.ts';
import { listRuns } from '../src/run-store/list-runs.ts';
import { serve } from '../src/web/serve.ts';
import { makeRuns } from '../test/fixtures/many-runs.ts';
import { startHoplab } from '../test/support/hoplab.ts';
import { completionCost } from './support/completion-cost.ts';

const RUNS = Number(process.argv[2] ?? 10_000);
const REPEATS = 25;

const place = mkdtempSync(join(tmpdir(), 'hoplab-bench-'));
const root = join(place, 'runs');
try {
  mkdirSync(root);
  const made = makeRuns(root, RUNS);
  // As if they were of yesterday: what has just been written is read again.
  for (const { path } of made) utimesSync(path, new Date(Date.now() - 86_400_000), new Date(Date.now() - 86_400_000));
  const rows: [string, string][] = [];
  rows.push(['every run.json read, as `hoplab runs` does', await timed(() => listRuns(root), 3)]);
  const cache = join(place, 'cache');
  let started = performance.now();
  const first = new RunIndex({ root, cacheFolder: cache, anew: true });
  await first.whole();
  rows.push(['the index made anew', ms(performance.now() - started)]);
  first.close();
  started = performance.now();
  const second = new RunIndex({ root, cacheFolder: cache, anew: false });
  rows.push(['the index opened again: the first page can be asked for', ms(performance.now() - started)]);
  await second.whole();
  rows.push(['... and every folder compared with it', ms(performance.now() - started)]);
  second.close();
  rows.push(['file of the index', `${(statSync(join(root, '.index.sqlite')).size / 2 ** 20).toFixed(1)} MiB`]);
  await overHttp(rows);
  rows.push(...(await startTimes()));
  rows.push(...(await completionCost(root, REPEATS)));
  process.stdout.write(
    `${RUNS} runs\n\n| what | median (worst) |\n|---|---|\n${rows.map(([what, time]) => `| ${what} | ${time} |`).join('\n')}\n`,
  );
} finally {
  rmSync(place, { recursive: true, force: true });
}

async function overHttp(rows: [string, string][]): Promise<void> {
  const end = new AbortController();
  await using serving = await serve({
    root,
    cacheFolder: join(place, 'cache'),
    address: '127.0.0.1',
    port: 0,
    token: null,
    starter: null,
    reindex: false,
    doctor: () => Promise.reject(new Error('not here')),
    report: (line) => process.stderr.write(`${line}\n`),
    signal: end.signal,
  });
  await (await serving.index).whole();
  const get = async (path: string) => {
    const answer = await fetch(`http://127.0.0.1:${serving.port}${path}`);
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${path}: ${answer.status} ${text.slice(0, 200)}`);
  };
  rows.push(['the list, first page', await timed(() => get('/'), REPEATS)]);
  rows.push(['the list, last page', await timed(() => get(`/?page=${Math.ceil(RUNS / 50)}`), REPEATS)]);
  rows.push(['filtered by label and path', await timed(() => get('/?label=even&path=tap'), REPEATS)]);
  rows.push(['searched for words', await timed(() => get('/?text=bench1+quick'), REPEATS)]);
  rows.push(['searched for what is not there', await timed(() => get('/?text=nowhere'), REPEATS)]);
  rows.push(['`/api/runs`', await timed(() => get('/api/runs'), REPEATS)]);
  let next = RUNS;
  const oneMore = async () => {
    makeRuns(root, 1, next);
    next += 1;
    await get('/');
  };
  rows.push(['the list when a run has just been added', await timed(oneMore, REPEATS)]);
  const [{ path } = { path: '' }] = makeRuns(root, 1, next);
  const head = join(path, 'run.json');
  const changed = async () => {
    writeFileSync(
      head,
      readFileSync(head, 'utf8').replace(
        /"state":"\w+"/,
        `"state":"${Math.random() < 0.5 ? 'failed' : 'interrupted'}"`,
      ),
    );
    await get('/');
  };
  rows.push(['the list when a run on it has just changed', await timed(changed, REPEATS)]);
}

async function startTimes(): Promise<[string, string][]> {
  const [times, cpu]: [number[], number[]] = [[], []];
  for (let i = 0; i < 5; i++) {
    const started = performance.now();
    const child = startHoplab(['serve', '--port', '0', '--runs', root]);
    await child.until(/http:\/\//);
    times.push(performance.now() - started);
    cpu.push(cpuMs(child.pid));
    child.kill('SIGINT');
    await child.done;
  }
  return [
    ['`hoplab serve` to its printed address', median(times)],
    ['... of which CPU time', median(cpu)],
  ];
}

/** User and system time so far, in steps of 10 ms: fields 14 and 15 of /proc/PID/stat, see proc(5). */
function cpuMs(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return 10 * (Number(fields[11]) + Number(fields[12]));
}

async function timed(work: () => Promise<unknown>, repeats: number): Promise<string> {
  const times: number[] = [];
  for (let i = 0; i < repeats; i++) {
    const started = performance.now();
    await work();
    times.push(performance.now() - started);
  }
  return median(times);
}

function median(times: readonly number[]): string {
  const sorted = [...times].sort((a, b) => a - b);
  return `${ms(sorted[Math.floor(sorted.length / 2)] ?? 0)} (${ms(sorted.at(-1) ?? 0)})`;
}

function ms(value: number): string {
  return `${value < 10 ? value.toFixed(1) : value.toFixed(0)} ms`;
}
