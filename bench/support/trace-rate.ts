// SPDX-License-Identifier: GPL-2.0-only
/** How many records a second go from the kernel to a file, and what that costs the tracer. */
import { open, rm } from 'node:fs/promises';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import type { TraceFileState } from '../../src/model/trace-file.ts';
import { run } from '../../src/system/exec.ts';
import { builtNatives, nativeBinary, projectRoot } from '../../src/system/paths.ts';
import { type Service, startService } from '../../src/system/service.ts';
import { readRecords } from '../../src/trace/records/decode-records.ts';
import type { BenchContext } from './bench-process.ts';
import type { GoalRow } from './goal-table.ts';

const LOAD = join(builtNatives(), 'hoptrace-load');
const BUFFER_BYTES = 64 << 20;
const CLOCK_TICK_MS = 10;
/** Other work of the machine shall not be what is measured. */
const FIRST_IN_LINE = ['nice', '-n', '-20'];

const loadSchema = z.object({ writes: z.number(), ns: z.number(), cpuNs: z.number(), lateNs: z.number() });

export interface RateOptions {
  /** Records a second asked for; 0 = as many as one thread can make. */
  readonly rate: number;
  readonly ms: number;
}

interface Rate {
  readonly perSecond: number;
  readonly made: number;
  readonly state: TraceFileState;
  readonly lost: number;
  readonly tracerCpu: number;
  readonly loadCpu: number;
}

/** One thread on the last CPU kicks; the tracer is on the first. */
export async function benchRate(context: BenchContext, { ms, rate }: RateOptions): Promise<GoalRow[]> {
  await run(['make', '--no-print-directory', '-C', join(projectRoot, 'native', 'hoptrace', 'rig'), `OUT=${LOAD}`], {
    signal: context.signal,
    what: 'build the load',
  });
  const asked = await measureRate(context, { ms, rate });
  const most = await measureRate(context, { ms: Math.min(ms, 3000), rate: 0 });
  const whole = asked.state.records === asked.made && asked.lost === 0;
  const seconds = ms / 1000;
  return [
    {
      what: `records a second to a file, for ${seconds} s`,
      measured: asked.perSecond.toLocaleString('en', { maximumFractionDigits: 0 }),
      goal: `at least ${rate.toLocaleString('en')}`,
      // The last batch of the load is never whole.
      met: asked.perSecond >= rate * 0.999,
    },
    {
      what: '  records lost, and not in the file',
      measured: `${asked.lost} and ${asked.made - asked.state.records} of ${asked.made.toLocaleString('en')}`,
      goal: '0 and 0',
      met: whole,
    },
    cpuRow('  CPU of the tracer', asked.tracerCpu),
    cpuRow('  CPU that the thread got that makes them', asked.loadCpu),
    {
      what: '  records in a second of its CPU time',
      measured: (asked.perSecond / asked.loadCpu).toLocaleString('en', { maximumFractionDigits: 0 }),
      goal: '',
      met: null,
    },
    {
      what: 'records a second of a thread that does nothing else',
      measured: `${most.perSecond.toLocaleString('en', { maximumFractionDigits: 0 })}, ${most.lost} lost`,
      goal: '',
      met: null,
    },
  ];
}

function cpuRow(what: string, share: number): GoalRow {
  return { what, measured: `${(share * 100).toFixed(1)} %`, goal: '', met: null };
}

async function measureRate({ signal, folder }: BenchContext, { rate, ms }: RateOptions): Promise<Rate> {
  const file = join(folder, 'records');
  const lastCpu = cpus().length - 1;
  await using load = await startService([...FIRST_IN_LINE, LOAD, String(lastCpu), String(rate), String(ms)], {
    ...{ name: 'hoptrace-load', signal, logFile: null, stdin: '' },
    ready: (line) => line.startsWith('ready '),
  });
  const tid = /ready (\d+)/.exec(load.output().toString())?.[1] ?? '';
  const plan = ['point kick', `tid ${tid} vcpu0`, `buffer ${BUFFER_BYTES}`, `output ${file}`, 'go', ''].join('\n');
  await using tracer = await startService([...FIRST_IN_LINE, 'taskset', '-c', '0', nativeBinary('hoptrace')], {
    ...{ name: 'hoptrace', signal, logFile: null, stdin: plan },
    ready: (line) => line.startsWith('ready {'),
  });
  const before = await cpuMs(tracer);
  load.stdin.write('\n');
  await load.exited;
  await delay(CLOCK_TICK_MS, undefined, { signal });
  const after = await cpuMs(tracer);
  tracer.stdin.end();
  const { code } = await tracer.exited;
  if (code !== 0) throw new Error(`hoplab-hoptrace: ${tracer.lastLines(2).join(' | ')}`);
  const { writes, ns, cpuNs } = loadSchema.parse(JSON.parse(load.lastLines(1).join('')));
  const handle = await open(file);
  const state = await readRecords(handle.createReadStream({ highWaterMark: 1 << 20 }), file, () => undefined);
  await rm(file);
  const lost = state.trailer?.lost.reduce((sum, records) => sum + records, 0) ?? Number.NaN;
  const perSecond = (state.records / ns) * 1e9;
  return { perSecond, made: writes, state, lost, tracerCpu: ((after - before) * 1e6) / ns, loadCpu: cpuNs / ns };
}

/** User and system time of the process so far. */
async function cpuMs({ pid }: Service): Promise<number> {
  const handle = await open(`/proc/${pid}/stat`);
  const fields = (await handle.readFile('utf8')).replace(/^.*\) /s, '').split(' ');
  await handle.close();
  return (Number(fields[11]) + Number(fields[12])) * CLOCK_TICK_MS;
}
