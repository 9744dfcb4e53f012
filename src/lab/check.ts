// SPDX-License-Identifier: GPL-2.0-only
/** Records a check: every row of every column, each verdict in the run folder when it is known. */
import { release } from 'node:os';
import type { Check, CheckSubject, Finding } from '../checks/check.ts';
import type { CheckRow, CheckVerdict, RecordedCheck } from '../model/check.ts';
import { HoplabError, reasonOf } from '../model/errors.ts';
import type { Progress } from '../model/progress.ts';
import { createRunFolder, type RunFolder } from '../run-store/create-run-folder.ts';
import { holdMachine, type MachineWish } from '../system/measuring-lock.ts';
import { toolVersion } from '../system/paths.ts';
import { nameRequirement, probeRequirements } from '../system/requirements.ts';

export interface CheckRequest extends MachineWish {
  readonly check: Check;
  readonly words: readonly string[];
  /** Ids of rows; null = all. */
  readonly rows: readonly string[] | null;
  readonly runsRoot: string;
  readonly label: string | null;
  readonly argv: readonly string[];
  readonly progress: Progress;
  readonly signal: AbortSignal;
}

/** A row that cannot be asked is a verdict. Throws what leaves nothing to ask, and DISK_FULL. */
export async function recordCheck(
  request: CheckRequest,
): Promise<{ readonly folder: string; readonly interrupted: boolean }> {
  const { check, words, runsRoot, label, argv, progress, signal } = request;
  await requireAll(check, signal);
  const subjects = await check.open(words, { signal, say: progress.note });
  await using _lock = await holdMachine(request, { signal, say: progress.note });
  const folder = await createRunFolder(runsRoot, { label, version: toolVersion, argv, kind: 'check' });
  try {
    await askAll(request, subjects, folder);
  } catch (error) {
    const closed = folder.finish(signal.aborted ? 'interrupted' : 'failed', null);
    if (!signal.aborted) {
      // On a full disk the head cannot be written either: what filled it is the error that tells.
      await closed.catch(() => undefined);
      throw error;
    }
    await closed;
    return { folder: folder.path, interrupted: true };
  }
  await folder.finish('finished', null);
  return { folder: folder.path, interrupted: false };
}

/** Throws REQUIREMENT_MISSING with all that is missing, and the commands to type. */
async function requireAll({ name, requires }: Check, signal: AbortSignal): Promise<void> {
  const guestKernel = (): Promise<string> => Promise.reject(new Error('a check boots no guest kernel'));
  const missing = (await probeRequirements(requires, { signal, guestKernel })).filter(({ met }) => !met);
  if (missing.length === 0) return;
  throw new HoplabError({
    code: 'REQUIREMENT_MISSING',
    message: `check ${name}: ${missing.map(({ requirement, found }) => `${nameRequirement(requirement)}: ${found}`).join('; ')}`,
    hint: [...new Set(missing.map(({ hint }) => hint))].join('; '),
  });
}

async function askAll(
  { check, rows: wanted, progress, signal }: CheckRequest,
  subjects: readonly CheckSubject[],
  folder: RunFolder,
): Promise<void> {
  const rows = check.rows.filter(({ id }) => wanted === null || wanted.includes(id));
  const verdicts: CheckVerdict[] = [];
  const place = ({ row }: CheckVerdict): number => rows.findIndex(({ id }) => id === row);
  /** One after the other: it is written whole each time. */
  let written = Promise.resolve();
  const write = (): Promise<void> => {
    const recorded: RecordedCheck = {
      schema: 1,
      check: check.name,
      subject: check.subject,
      kernel: release(),
      columns: subjects.map(({ column }) => column),
      rows,
      verdicts: [...verdicts],
    };
    written = written.then(() => folder.writeCheck(recorded));
    return written;
  };
  const alone = rows.filter(({ id }) => check.atOnce.alone.includes(id));
  const others = rows.filter((row) => !alone.includes(row));
  await write();
  for (const subject of subjects) {
    const { id: column, title } = subject.column;
    const begin = verdicts.length;
    const ask = async ({ id: row }: CheckRow): Promise<void> => {
      const started = performance.now();
      const finding = await askOne(subject, row, { folder, signal });
      const verdict = { row, column, ...finding, durationMs: Math.round(performance.now() - started) };
      // In the order of the rows, whichever is known first.
      const own = [...verdicts.slice(begin), verdict].sort((left, right) => place(left) - place(right));
      verdicts.splice(begin, verdicts.length, ...own);
      await write();
    };
    await progress.step(title, async () => {
      for (const row of alone) await progress.step(row.title, () => ask(row));
      await together(others, check.atOnce.most, async (row) => {
        const started = performance.now();
        await ask(row);
        progress.note(`${row.title}: ${((performance.now() - started) / 1000).toFixed(1)} s`);
      });
    });
  }
}

/** At most so many at the same time, in their order. Throws the first error when all that had begun have ended. */
async function together<T>(items: readonly T[], most: number, work: (item: T) => Promise<void>): Promise<void> {
  const waiting = [...items];
  const worker = async (): Promise<void> => {
    for (let item = waiting.shift(); item !== undefined; item = waiting.shift()) {
      await work(item).catch((error: unknown) => {
        waiting.length = 0;
        throw error;
      });
    }
  };
  const ended = await Promise.allSettled(Array.from({ length: most }, worker));
  for (const one of ended) if (one.status === 'rejected') throw one.reason;
}

/** What cannot be asked is told with its reason; the other rows go on. */
async function askOne(
  subject: CheckSubject,
  row: string,
  { folder, signal }: { readonly folder: RunFolder; readonly signal: AbortSignal },
): Promise<Finding> {
  try {
    return await subject.ask(row, { signal, logPath: (name) => folder.logPath(name) });
  } catch (error) {
    signal.throwIfAborted();
    return { outcome: 'could-not-look', found: null, words: reasonOf(error), evidence: [] };
  }
}
