// SPDX-License-Identifier: GPL-2.0-only
/** Shows what a run is doing: a line a step with its time, one live line for its blocks, and nothing while one is measured. */
import type { BlockUnderWay, Progress } from '../model/progress.ts';
import { formatAbout, formatCounted } from '../words/format.ts';
import { wrap } from '../words/wrap.ts';

const TICK_MS = 250;
const BAR_WIDTH = 10;
const TIME_WIDTH = ' ... failed after 100.0 s'.length;
const CLEAR_LINE = '\r\x1b[K';

export interface ProgressOutput {
  write(text: string): void;
  /** True: the line of a step or block under way may be written over. */
  readonly terminal: boolean;
  /** Of a terminal, now; of anything else there is no end of a line. */
  columns(): number;
}

/** No output at all, for --quiet and --json. */
export const silentProgress: Progress = {
  step: (_title, work) => work(),
  measure: (_block, work) => work(),
  note: () => undefined,
  endBlocks: () => undefined,
};

interface OpenStep {
  readonly title: string;
  readonly started: number;
  /** False once something else was printed below its line. */
  onLine: boolean;
}

export function createProgress(output: ProgressOutput): Progress {
  const open: OpenStep[] = [];
  let timer: NodeJS.Timeout | null = null;
  /** Whether the last line is one of blocks, which what comes next is written over. */
  let live = false;
  let blocks = 0;
  let blocksStarted = 0;

  const indent = () => '  '.repeat(open.length);
  /** With room for what is written behind it. */
  const broken = (text: string, room: number) =>
    wrap(text, { width: output.columns() - room, first: indent(), rest: `${indent()}    ` }).join('\n');
  const stopTicking = () => {
    if (timer !== null) clearInterval(timer);
    timer = null;
  };
  /** Only the innermost step ticks, and none does while a block is being measured. */
  const tickInnermost = () => {
    stopTicking();
    const step = open.at(-1);
    if (!output.terminal || step === undefined) return;
    timer = setInterval(() => {
      if (step.onLine) output.write(`\r${'  '.repeat(open.length - 1)}${step.title} ... ${seconds(step.started)}`);
    }, TICK_MS);
    timer.unref();
  };
  const breakLine = () => {
    if (live) output.write(CLEAR_LINE);
    live = false;
    const step = open.at(-1);
    if (step?.onLine !== true) return;
    step.onLine = false;
    output.write('\n');
  };
  const step = async <T>(title: string, work: () => Promise<T>): Promise<T> => {
    breakLine();
    output.write(`${indent()}${title} ...`);
    const own: OpenStep = { title, started: performance.now(), onLine: true };
    open.push(own);
    tickInnermost();
    let outcome = 'failed after ';
    try {
      const result = await work();
      outcome = '';
      return result;
    } finally {
      stopTicking();
      open.pop();
      const time = `${outcome}${seconds(own.started)}`;
      if (live) output.write(CLEAR_LINE);
      live = false;
      if (!own.onLine) output.write(`${indent()}${title}: ${time}\n`);
      else if (output.terminal) output.write(`${CLEAR_LINE}${indent()}${title}: ${time}\n`);
      else output.write(` ${time}\n`);
      tickInnermost();
    }
  };
  const measure = async <T>(block: BlockUnderWay, work: () => Promise<T>): Promise<T> => {
    const started = performance.now();
    if (blocks === 0) blocksStarted = started;
    breakLine();
    stopTicking();
    const line = output.terminal ? liveLine(block) : plainLine(block);
    output.write(output.terminal ? fitted(`${indent()}${line}`, output.columns()) : `${broken(line, TIME_WIDTH)} ...`);
    live = output.terminal;
    let outcome = 'failed after ';
    try {
      const result = await work();
      outcome = '';
      blocks += 1;
      return result;
    } finally {
      if (!output.terminal) output.write(` ${outcome}${seconds(started)}\n`);
      tickInnermost();
    }
  };

  return {
    step,
    measure,
    note(text) {
      breakLine();
      output.write(`${broken(text, 0)}\n`);
    },
    endBlocks() {
      if (!live) return;
      breakLine();
      output.write(`${indent()}${formatCounted(blocks, 'block')}: ${seconds(blocksStarted)}\n`);
      blocks = 0;
    },
  };
}

/** "[##--------] 12/40, about 50 s left; p50 in us: tap 180, ovs 316; tcp-rr, draw 2 of 4: ovs against tap". */
function liveLine({ number, of, leftMs, title, soFar }: BlockUnderWay): string {
  const full = Math.floor((BAR_WIDTH * (number - 1)) / of);
  const bar = `[${'#'.repeat(full)}${'-'.repeat(BAR_WIDTH - full)}]`;
  return [`${bar} ${number}/${of}, ${formatAbout(leftMs)} left`, soFar, title].filter((part) => part !== '').join('; ');
}

function plainLine({ number, of, leftMs, title }: BlockUnderWay): string {
  return `${number}/${of} ${title}, ${formatAbout(leftMs)} left`;
}

/** A line that reaches the edge of a terminal would be two, and could not be written over. */
function fitted(line: string, columns: number): string {
  return line.length < columns ? line : `${line.slice(0, Math.max(0, columns - 4))}...`;
}

const ANY_WIDTH = 80;

/** Progress on stderr, so that stdout holds the report alone. */
export function stderrProgress({ silent }: { readonly silent: boolean }): Progress {
  if (silent) return silentProgress;
  return createProgress({
    write: (text) => void process.stderr.write(text),
    // A dumb terminal would print what is meant to be written over.
    terminal: process.stderr.isTTY === true && process.env.TERM !== 'dumb',
    columns: () => (process.stderr.isTTY === true ? process.stderr.columns || ANY_WIDTH : Number.POSITIVE_INFINITY),
  });
}

function seconds(started: number): string {
  return `${((performance.now() - started) / 1000).toFixed(1)} s`;
}
