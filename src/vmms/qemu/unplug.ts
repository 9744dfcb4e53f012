// SPDX-License-Identifier: GPL-2.0-only
/** Takes NICs out of a running guest; the netdevs behind them stay open. */
import { HoplabError, reasonOf } from '../../model/errors.ts';
import { deadlineFactor, deadlineMs } from '../../system/deadline.ts';
import { type QmpClient, QmpError } from './qmp.ts';

/** QEMU takes a second device_del only after a second (acpi_pcihp: pending_deleted_expires_ms). */
const RETRY_AFTER_MS = 1100;
const UNPLUG_TIMEOUT_MS = 5000;

export interface UnplugOptions {
  readonly signal: AbortSignal;
  /** Default 5 s, for all of them together. */
  readonly timeoutMs?: number;
}

/**
 * Takes NICs out, one after the other, until QEMU has let go of all of them.
 *
 * One at a time: at every request QEMU shows the guest all slots that wait for their removal. Two requests at once are
 * thus seen as three, and the surplus one throws out whatever is plugged into its slot next (1 of 300 swaps with QEMU
 * 7.2 and Linux 6.1). It costs no time: the guest takes them out in turn anyway.
 * A guest that is still probing a new NIC can lose the request, so it is repeated once.
 */
export async function unplugNics(qmp: QmpClient, ids: readonly string[], options: UnplugOptions): Promise<void> {
  const timeoutMs = options.timeoutMs ?? UNPLUG_TIMEOUT_MS;
  const deadline = performance.now() + deadlineMs(timeoutMs);
  for (const id of ids) {
    await unplugNic(qmp, id, {
      signal: options.signal,
      timeoutMs,
      leftMs: (deadline - performance.now()) / deadlineFactor(),
    });
  }
}

interface UnplugOne {
  readonly signal: AbortSignal;
  readonly timeoutMs: number;
  readonly leftMs: number;
}

async function unplugNic(qmp: QmpClient, id: string, { signal, timeoutMs, leftMs }: UnplugOne): Promise<void> {
  // Listening before asking: the event may overtake the command's answer.
  const gone = qmp.waitEvent('DEVICE_DELETED', ({ data }) => data.device === id, { signal, timeoutMs: leftMs });
  gone.catch(() => undefined);
  await qmp.execute('device_del', { id }, { signal });
  let retry: NodeJS.Timeout | undefined;
  const late = new Promise<'late'>((resolve) => {
    retry = setTimeout(() => resolve('late'), RETRY_AFTER_MS);
  });
  try {
    if ((await Promise.race([gone, late])) !== 'late') return;
    await deleteAgain(qmp, id, signal);
    await gone;
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof QmpError) throw error;
    throw new HoplabError({
      code: 'QMP_FAILED',
      message: `unplug ${id}: the guest did not let go within ${deadlineMs(timeoutMs)} ms, though asked twice: ${reasonOf(error)}`,
      hint: "look at the guest's console log in the run folder",
      cause: error,
    });
  } finally {
    clearTimeout(retry);
  }
}

/** The guest may let go, or QEMU still hold the first request, at the very moment of the second: neither is a failure. */
async function deleteAgain(qmp: QmpClient, id: string, signal: AbortSignal): Promise<void> {
  try {
    await qmp.execute('device_del', { id }, { signal });
  } catch (error) {
    if (!(error instanceof QmpError)) throw error;
    if (error.errorClass !== 'DeviceNotFound' && !error.message.includes('in the process of unplug')) throw error;
  }
}
