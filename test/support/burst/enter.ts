// SPDX-License-Identifier: GPL-2.0-only
/** Enters the kind into the array: what is imported after this has it as it has its own. */
import { PROBES } from '../../../src/probes/index.ts';
import type { Probe } from '../../../src/probes/probe.ts';
import { burst } from './burst.ts';

(PROBES as Probe[]).push(burst);
