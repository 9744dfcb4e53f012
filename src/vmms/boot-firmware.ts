// SPDX-License-Identifier: GPL-2.0-only
/** Starts a machine with a firmware and holds it: its VMM, its console. */
import { FirmwareConsole } from '../guest/firmware/console.ts';
import { startService } from '../system/service.ts';
import type { FirmwarePlan } from './firmware-machine.ts';
import type { Vmm } from './vmm.ts';

export interface BootFirmwareOptions {
  readonly vmm: Vmm;
  readonly plan: FirmwarePlan;
  readonly signal: AbortSignal;
  /** Where its console and its VMM's words are kept. */
  readonly transcript: string;
  readonly log: string;
  readonly banner: RegExp;
}

/** A machine that runs a firmware. Disposing ends it, whatever state it is in. */
export interface FirmwareGuest extends AsyncDisposable {
  readonly console: FirmwareConsole;
}

/** Started, not more: the console says how far it came. Needs no root. */
export async function bootFirmware(options: BootFirmwareOptions): Promise<FirmwareGuest> {
  const { vmm, plan, signal, transcript, log, banner } = options;
  if (vmm.firmware === undefined) throw new Error(`${vmm.name} runs no firmware`);
  // It must not outlive us, whichever way we end.
  const argv = ['setpriv', '--pdeathsig', 'KILL', '--', ...vmm.firmware.argv(plan)];
  const service = await startService(argv, { name: `firmware ${plan.name}`, signal, logFile: log, extraPipes: 1 });
  const [stream] = service.pipes;
  if (stream === undefined) throw new Error('the console has no socket');
  const console = new FirmwareConsole(stream, { signal, transcript, banner });
  void service.exited.then(({ code, signal: by }) => {
    const said = service.lastLines(2).join(' | ');
    console.end(`${vmm.name} ended with ${by ?? `status ${code}`}${said === '' ? '' : `: ${said}`}`);
  });
  return {
    console,
    async [Symbol.asyncDispose]() {
      // It has nothing to save.
      try {
        process.kill(-service.pid, 'SIGKILL');
      } catch {
        // Gone already.
      }
      await service.stop();
      await console.close();
    },
  };
}
