// SPDX-License-Identifier: GPL-2.0-only
/** How a tracer ended, and the records that it gave back. */
import type { ToolEnd } from '../../machines/tools.ts';
import { HoplabError } from '../../model/errors.ts';
import type { StartedTracer } from './mechanism.ts';
import type { Traced } from './traced-machines.ts';

/** Never throws: the other tracers must be stopped too. */
export async function endOf({ running, cleanUp }: StartedTracer): Promise<ToolEnd | Error> {
  try {
    const end = await running.stop();
    await cleanUp();
    return end;
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

/** null = they are in the run folder already. Throws where the tracer failed. */
export function recordsOf({ isHere, isGuest, id }: Traced, end: ToolEnd | Error, folder: string): Buffer | null {
  if (end instanceof Error) throw end;
  if (isHere && end.code !== 0) throw failureHere(end, folder);
  if (end.code === 0) return isHere ? null : end.output;
  throw new HoplabError({
    code: 'TRACE_FAILED',
    message: `trace ${isGuest ? 'in' : 'on'} the ${id}: hoplab-hoptrace ended with ${end.signal ?? `status ${end.code}`}: ${end.said}`,
    hint: 'hoplab trace --light traces with three points alone',
  });
}

function failureHere({ code, signal, said }: ToolEnd, folder: string): HoplabError {
  const full = /no space left|ENOSPC/i.test(said);
  return new HoplabError({
    code: full ? 'DISK_FULL' : 'TRACE_FAILED',
    message: `write the records of a trace into ${folder}: ${full ? 'no space left on that disk' : `hoplab-hoptrace ended with ${signal ?? `status ${code}`}`}: ${said}`,
    hint: full
      ? `hoplab report ${folder} shows what is kept; then free space, or HOPLAB_RUNS=/other/disk hoplab trace`
      : 'hoplab doctor says what this kernel allows',
  });
}
