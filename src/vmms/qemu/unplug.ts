// SPDX-License-Identifier: GPL-2.0-only
/** Takes NICs out of a running guest; the netdevs behind them stay open. */
import { HoplabError, reasonOf } from '../../model/errors.ts';
import { deadlineMs } from '../../system/deadline.ts';
import { type QmpClient, QmpError } from './qmp.ts';

/** QEMU takes a second device_del only after a second (acpi_pcihp: pending_deleted_expires_ms). */
const RETRY_AFTER_MS = 1100;
/** By ACPI a guest takes 0.3 s. Native hot-plug takes 6.7 s: pciehp waits 5 s for a second press of the button, then 1 s for the power. */
const UNPLUG_TIMEOUT_MS = 15_000;

export interface UnplugOptions {
  readonly signal: AbortSignal;
  /** For each of them; default 15 s. */
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
  const { signal, timeoutMs = UNPLUG_TIMEOUT_MS } = options;
  for (const id of ids) await unplugNic(qmp, id, { signal, timeoutMs });
}

async function unplugNic(qmp: QmpClient, id: string, { signal, timeoutMs }: Required<UnplugOptions>): Promise<void> {
  // Listening before asking: the event may overtake the command's answer.
  const gone = qmp.waitEvent('DEVICE_DELETED', ({ data }) => data.device === id, { signal, timeoutMs });
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
