// SPDX-License-Identifier: GPL-2.0-only
/** The process that records a run for the dashboard: its request comes as JSON on stdin; signals and exit codes are those of `hoplab run`. */
import { text } from 'node:stream/consumers';
import { asProcess } from '../as-process.ts';
import { parseRunRequest } from './run-request.ts';

process.exitCode = await asProcess(['run'], async (context) => {
  const { spec, label, root, argv } = parseRunRequest(await text(process.stdin));
  const { recordRun } = await import('./record-run.ts');
  await recordRun({ spec, label, flags: { runs: root } }, { ...context, argv });
});
