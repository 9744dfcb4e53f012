// SPDX-License-Identifier: GPL-2.0-only
/** Enters the kinds and their unit into the arrays: what is imported after this has them as it has its own. */
import './joule.ts';

import { PROBES } from '../../../src/probes/index.ts';
import type { Probe } from '../../../src/probes/probe.ts';
import { burst } from './burst.ts';
import { energy } from './energy.ts';

(PROBES as Probe[]).push(burst, energy);
