// SPDX-License-Identifier: GPL-2.0-only
/** Rows about the network of the firmware: it has an address, and then a command. */
import type { RowStep } from './row.ts';

/** The address that the machine's own network gives, without loading what it offers. */
export const ADDRESS_STEPS: readonly RowStep[] = [
  { kind: 'command', name: 'autoload', line: 'setenv autoload no' },
  { kind: 'command', name: 'dhcp', line: 'dhcp', deadlineMs: 30_000 },
];

/** Of the machine's own network: it routes, resolves and serves. */
export const SERVER = '10.0.2.2';
