// SPDX-License-Identifier: GPL-2.0-only
/** A run that a page asks for, as the data that goes to the process that records it. */
import { z } from 'zod';
import { makeLab } from '../../config/make-lab.ts';
import type { Shape } from '../../model/shape.ts';
import { specSchema } from '../../run-store/schemas.ts';
import type { JobWish, RequestedRun } from '../../web/run-job.ts';

const requestSchema = z.object({
  spec: specSchema,
  label: z.string().nullable(),
  /** The folder of runs. */
  root: z.string(),
  /** The command that records the same run: what the run folder keeps. */
  argv: z.array(z.string()),
});
export type RunRequest = Shape<typeof requestSchema>;

/** Throws USAGE where the wish does not fit the lab. */
export function requestRun({ paths, effort, label }: JobWish, root: string): RequestedRun {
  const spec = makeLab(null, { only: paths, effort: effort === 'default' ? undefined : effort });
  const argv = [
    'run',
    ...(effort === 'default' ? [] : [`--${effort}`]),
    ...['--only', paths.join(',')],
    ...(label === null ? [] : ['--label', label]),
    ...['--runs', root],
  ];
  return { argv, stdin: JSON.stringify({ spec, label, root, argv } satisfies RunRequest) };
}

/** Throws where the text is none: only this program writes it. */
export function parseRunRequest(text: string): RunRequest {
  return requestSchema.parse(JSON.parse(text));
}
