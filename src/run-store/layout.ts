// SPDX-License-Identifier: GPL-2.0-only
/** The names of everything in a run folder, and the rules that keep a name from leaving it. */
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { HoplabError } from '../model/errors.ts';
import type { TracedMachine } from '../model/traced-machine.ts';

/** Layout version that this hoplab writes, and the newest that it reads. */
export const RUN_FORMAT = 1;

/** Files and folders of a run folder; format.md says what is in each. */
export const RUN_FILES = {
  header: 'run.json',
  spec: 'spec.json',
  plan: 'plan.json',
  environment: 'environment.json',
  failed: 'failed.json',
  unavailable: 'unavailable.json',
  warnings: 'warnings.json',
  results: 'results.json',
  check: 'check.json',
  blocks: 'blocks',
  samples: 'samples',
  logs: 'logs',
  trace: 'trace',
} as const;

const SAMPLES_SUFFIX = '.hls';

/** No separator, no leading dot, no control character: such a name stays in its folder and on its line. */
export const SAFE_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,119}$/;
const LABEL = /^[A-Za-z0-9][A-Za-z0-9._-]{0,39}$/;
const RUN_ID = /^\d{8}-\d{6}-[0-9a-f]{4}(?:-[A-Za-z0-9][A-Za-z0-9._-]{0,39})?$/;

/** Whether a name may become a file name inside a run folder. */
export function isSafeName(name: string): boolean {
  return SAFE_NAME.test(name);
}

/** Whether a folder's name has the shape of a run's id. */
export function isRunId(name: string): boolean {
  return RUN_ID.test(name);
}

/** The name, or a plain Error: our own code made a name that the layout does not allow. */
export function safeName(name: string): string {
  if (!isSafeName(name)) throw new Error(`not a name for a file of a run: ${JSON.stringify(name)}`);
  return name;
}

/** Checks a label that the user chose. Throws USAGE. */
export function checkLabel(label: string): string {
  if (LABEL.test(label) && label !== 'latest') return label;
  throw new HoplabError({
    code: 'USAGE',
    message: `label a run ${JSON.stringify(label)}: a label has 1 to 40 letters, digits, dots, dashes and underscores, starts with a letter or digit and is not "latest"`,
    hint: 'hoplab run --label before-upgrade',
  });
}

/** A new run's id: UTC time, four random hex digits, and the label where there is one. */
export function newRunId(startedAt: Date, label: string | null): string {
  const [day = '', rest = ''] = startedAt.toISOString().split('T');
  const time = rest.slice(0, 8).replaceAll(':', '');
  const id = `${day.replaceAll('-', '')}-${time}-${randomBytes(2).toString('hex')}`;
  return label === null ? id : `${id}-${label}`;
}

/** When a run started, to the second, by its id; null = it is no id. */
export function startOfRunId(id: string): string | null {
  const digits = /^(\d{4})(\d\d)(\d\d)-(\d\d)(\d\d)(\d\d)-/.exec(id);
  if (!isRunId(id) || digits === null) return null;
  const [year, month, day, hour, minute, second] = digits.slice(1);
  const time = new Date(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  return Number.isNaN(time.getTime()) ? null : time.toISOString();
}

/** Path of a block's JSON, relative to the run folder. */
export function blockFile(id: string): string {
  return join(RUN_FILES.blocks, `${safeName(id)}.json`);
}

/** Path of what was traced in a block on one machine, relative to the run folder. */
export function recordsFile(id: string, machine: TracedMachine): string {
  return join(RUN_FILES.trace, `${safeName(id)}-${machine}.htr`);
}

/** Path of the kernel's stamps of what the client sent in a block, relative to the run folder. */
export function stampsFile(id: string): string {
  return join(RUN_FILES.trace, `${safeName(id)}-client.hts`);
}

/** Path of what the lab knows of a traced block that its records do not say, relative to the run folder. */
export function traceFile(id: string): string {
  return join(RUN_FILES.trace, `${safeName(id)}.json`);
}

/** Path of a block's samples, relative to the run folder. */
export function samplesFile(id: string): string {
  return join(RUN_FILES.samples, `${safeName(id)}${SAMPLES_SUFFIX}`);
}
