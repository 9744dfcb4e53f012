// SPDX-License-Identifier: GPL-2.0-only
/** Every kind of recorded work, in the order in which a filter offers them. */
import { check } from './check/check.ts';
import { diagnosis } from './diagnosis/diagnosis.ts';
import type { Experiment } from './experiment.ts';
import { run } from './run/run.ts';
import { trace } from './trace/trace.ts';

export const experiments: readonly Experiment[] = [run, trace, diagnosis, check];
