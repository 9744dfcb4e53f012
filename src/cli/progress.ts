// SPDX-License-Identifier: GPL-2.0-only
/** Shows what a run is doing: a line a step with its time, and nothing while a block is measured. */
import type { Progress } from '../model/progress.ts';

const TICK_MS = 250;

export interface ProgressOutput {
  write(text: string): void;
  /** True: the line of a step under way may be written over. */
  readonly terminal: boolean;
}

/** No output at all, for --quiet and --json. */
export const silentProgress: Progress = {
  step: (_title, work) => work(),
  measure: (_title, work) => work(),
  note: () => undefined,
};

interface OpenStep {
  readonly title: string;
  readonly started: number;
  readonly ticking: boolean;
  /** False once something else was printed below its line. */
  onLine: boolean;
}

export function createProgress(output: ProgressOutput): Progress {
  const open: OpenStep[] = [];
  let timer: NodeJS.Timeout | null = null;

  const indent = () => '  '.repeat(open.length);
  const stopTicking = () => {
    if (timer !== null) clearInterval(timer);
    timer = null;
  };
  /** Only the innermost step ticks, and none does while a block is being measured. */
  const tickInnermost = () => {
    stopTicking();
    const step = open.at(-1);
    if (!output.terminal || step?.ticking !== true) return;
    timer = setInterval(() => {
      if (step.onLine) output.write(`\r${'  '.repeat(open.length - 1)}${step.title} ... ${seconds(step.started)}`);
    }, TICK_MS);
    timer.unref();
  };
  const breakLine = () => {
    const step = open.at(-1);
    if (step?.onLine !== true) return;
    step.onLine = false;
    output.write('\n');
  };
  const show = async <T>(title: string, ticking: boolean, work: () => Promise<T>): Promise<T> => {
    breakLine();
    output.write(`${indent()}${title} ...`);
    const step: OpenStep = { title, started: performance.now(), ticking, onLine: true };
    open.push(step);
    tickInnermost();
    let outcome = 'failed after ';
    try {
      const result = await work();
      outcome = '';
      return result;
    } finally {
      stopTicking();
      open.pop();
      const time = `${outcome}${seconds(step.started)}`;
      if (!step.onLine) output.write(`${indent()}${title}: ${time}\n`);
      else if (output.terminal) output.write(`\r\x1b[K${indent()}${title}: ${time}\n`);
      else output.write(` ${time}\n`);
      tickInnermost();
    }
  };

  return {
    step: (title, work) => show(title, true, work),
    measure: (title, work) => show(title, false, work),
    note(text) {
      breakLine();
      output.write(`${indent()}${text}\n`);
    },
  };
}

/** Progress on stderr, so that stdout holds the report alone. */
export function stderrProgress({ silent }: { readonly silent: boolean }): Progress {
  if (silent) return silentProgress;
  return createProgress({
    write: (text) => void process.stderr.write(text),
    terminal: process.stderr.isTTY === true,
  });
}

function seconds(started: number): string {
  return `${((performance.now() - started) / 1000).toFixed(1)} s`;
}
