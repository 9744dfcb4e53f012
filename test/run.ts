// SPDX-License-Identifier: GPL-2.0-only
/**
 * Runs the whole suite as one, or the files with one of some words in their names: `node dist/test/run.js guest/ trace`.
 * One report, one summary and one exit status over stages that differ in how many files run at a time, which
 * `node --test` cannot: most tests bear a neighbour, and some hold something to a time. A file is reported when it ends.
 * All of them run with a PATH of declared programs. A file that failed beside others on the machine's own kernel and
 * guests is run once more at the end, alone; that it needed this is said, with what failed.
 */
import { setMaxListeners } from 'node:events';
import { relative } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { run } from 'node:test';
import { spec, type TestEvent, tap } from 'node:test/reporters';
import { openOwnPath } from './support/own-path.ts';
import { COMPILED, hasRoom, planStages, type Stage } from './support/stages.ts';

/** How many files the report's end names, the slowest first. */
const NAMED = 10;
/** A busy machine can fail a file or two; where more fail, the code does. */
const AGAIN = 3;
/** Of the error of a test that ran again. */
const ERROR_LINES = 20;

interface RanFile {
  readonly file: string;
  readonly seconds: number;
  readonly events: readonly TestEvent[];
}

async function runFile(file: string, signal: AbortSignal): Promise<RanFile> {
  const started = performance.now();
  const events: TestEvent[] = [];
  for await (const event of run({ files: [file], signal })) events.push(event);
  return { file, seconds: (performance.now() - started) / 1000, events };
}

/** The files of one stage as they end. */
async function* runStage(stage: Stage, signal: AbortSignal): AsyncGenerator<RanFile, void> {
  const waiting = [...stage.files];
  const running = new Map<string, Promise<RanFile>>();
  while (waiting.length > 0 || running.size > 0) {
    for (let [file] = waiting; file !== undefined && !signal.aborted; [file] = waiting) {
      if (!hasRoom(stage, [...running.keys()], file)) break;
      waiting.shift();
      running.set(file, runFile(file, signal));
    }
    if (running.size === 0) return;
    const ran = await Promise.race(running.values());
    running.delete(ran.file);
    yield ran;
  }
}

/** The events of all files as those of one run: its tests are numbered through, and one plan and one summary end it. */
async function* oneRun(stages: readonly Stage[], signal: AbortSignal): AsyncGenerator<TestEvent, void> {
  const started = performance.now();
  const totals = new Map<string, number>();
  const ran: RanFile[] = [];
  let count = 0;
  function* told({ events }: RanFile): Generator<TestEvent, void> {
    const before = count;
    for (const event of events) {
      if (isFailure(event)) process.exitCode = 1;
      // What belongs to no file is the end of its run.
      if (event.type === 'test:plan' && event.data.file === undefined) count += event.data.count;
      else if (event.type === 'test:diagnostic' && event.data.file === undefined) add(totals, event.data.message);
      else yield numberedFrom(before, event);
    }
  }
  const again: RanFile[] = [];
  for (const stage of stages)
    for await (const one of runStage(stage, signal)) {
      ran.push(one);
      const failed = one.events.some(isFailure);
      if (failed && stage.again && again.length < AGAIN && !signal.aborted) again.push(one);
      else yield* told(one);
    }
  for (const first of again) {
    const second = await runFile(first.file, signal);
    yield* [`${relative(COMPILED, first.file)} failed in its turn, and ran again alone:`, ...failures(first)].map(said);
    yield* told(second);
  }
  totals.set('ran again', again.length);
  totals.set('duration_ms', performance.now() - started);
  yield { type: 'test:plan', data: { nesting: 0, count } };
  yield* [slowest(ran), ...[...totals].map(([word, total]) => `${word} ${total}`)].map(said);
}

function isFailure(event: TestEvent): boolean {
  return event.type === 'test:fail' && !event.data.todo;
}

/** What failed in a file: each test's name and the first lines of its error. */
function failures({ events }: RanFile): string[] {
  return events.flatMap((event) => {
    if (event.type !== 'test:fail') return [];
    const { cause, message } = event.data.details.error;
    const text = cause instanceof Error ? `${cause.stack}` : `${cause ?? message}`;
    return [`  ${event.data.name}:`, ...text.split('\n', ERROR_LINES).map((line) => `    ${line}`)];
  });
}

function said(message: string): TestEvent {
  return { type: 'test:diagnostic', data: { nesting: 0, message } };
}

/** A line of a file's summary: "pass 12". */
function add(totals: Map<string, number>, line: string): void {
  const [word = '', number] = line.split(' ');
  totals.set(word, (totals.get(word) ?? 0) + Number(number));
}

function numberedFrom(before: number, event: TestEvent): TestEvent {
  if ((event.type !== 'test:pass' && event.type !== 'test:fail') || event.data.nesting > 0) return event;
  return { ...event, data: { ...event.data, testNumber: before + event.data.testNumber } } as TestEvent;
}

function slowest(ran: readonly RanFile[]): string {
  const sorted = [...ran].sort((a, b) => b.seconds - a.seconds).slice(0, NAMED);
  const said = sorted.map(({ file, seconds }) => `${relative(COMPILED, file)} ${seconds.toFixed(0)} s`);
  return `slowest: ${said.join(', ')}`;
}

const stages = planStages(process.argv.slice(2));
const interrupted = new AbortController();
// Each file listens to it.
setMaxListeners(0, interrupted.signal);
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    process.exitCode = 1;
    interrupted.abort();
  });
}
if (stages.length === 0) {
  console.error('no test file has any of these words in its name');
  process.exitCode = 1;
} else {
  await using path = await openOwnPath();
  process.env.PATH = path.folder;
  const events = oneRun(stages, interrupted.signal);
  const report = process.stdout.isTTY ? Readable.from(events).compose(new spec()) : Readable.from(tap(events));
  await pipeline(report, process.stdout, { end: false });
}
