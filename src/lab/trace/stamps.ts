// SPDX-License-Identifier: GPL-2.0-only
/** A traced block without a tracer: the client asks the kernel for the stamps of its own sockets (SO_TIMESTAMPING). */
import type { PlannedBlock } from '../../model/plan.ts';
import type { PassedOver } from '../../model/trace-mechanism.ts';
import type { TraceProfile } from '../../model/trace-profile.ts';
import type { TracedMachine } from '../../model/traced-machine.ts';
import type { RunFolder } from '../../run-store/create-run-folder.ts';
import { STAMP_POINTS } from '../../trace/join/stamp-timelines.ts';
import type { BlockWatch } from '../measure/block.ts';

export interface StampedBlock {
  readonly planned: PlannedBlock;
  /** The machine of the client. */
  readonly client: TracedMachine;
  /** Better mechanisms, and why they are not used. */
  readonly passedOver: readonly PassedOver[];
}

export function stampsOnly(
  { planned, client, passedOver }: StampedBlock,
  { folder, profile }: { readonly folder: RunFolder; readonly profile: TraceProfile },
): BlockWatch {
  const nothing = { tasks: [], namespaces: [], devices: [], without: null };
  return {
    async stop() {
      const context = {
        ...nothing,
        machine: client,
        points: STAMP_POINTS,
        mechanism: 'timestamping',
        passedOver,
      } as const;
      await folder.writeTrace(planned.id, { profile, slowest: 0, machines: [context] });
    },
    keepSent: (stamps) => folder.writeStamps(planned.id, stamps),
  };
}
