// SPDX-License-Identifier: GPL-2.0-only
/** This machine, as the kinds tell of it whose hosts are on it. */
import { readCardFacts } from '../nic/card-facts.ts';
import { probeNic } from '../nic/probe-nic.ts';
import { readHostEnvironment, readLoad, readMachineFacts } from '../system/facts.ts';
import { probeRequirements } from '../system/requirements.ts';
import type { Knowledge } from './machine.ts';

export const thisMachine: Knowledge = {
  facts: async () => ({ ...(await readMachineFacts()), nics: await readCardFacts() }),
  probe: (requirements, options) => probeRequirements(requirements, { ...options, nic: probeNic }),
  environment: (signal) => readHostEnvironment({ signal }),
  load: readLoad,
};
