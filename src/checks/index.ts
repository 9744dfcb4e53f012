// SPDX-License-Identifier: GPL-2.0-only
/** Every kind of check. */
import type { Check } from './check.ts';
import { firmware } from './firmware/firmware.ts';

export const checks: readonly Check[] = [firmware];
