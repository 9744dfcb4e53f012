// SPDX-License-Identifier: GPL-2.0-only
/** This machine, as the kinds tell of it whose hosts are on it. */
import { readHostEnvironment, readLoad, readMachineFacts } from '../system/facts.ts';
import { probeRequirements } from '../system/requirements.ts';
import type { Knowledge } from './machine.ts';

export const thisMachine: Knowledge = {
  facts: readMachineFacts,
  probe: probeRequirements,
  environment: (signal) => readHostEnvironment({ signal }),
  load: readLoad,
};
