// SPDX-License-Identifier: GPL-2.0-only
/** The kinds of machines on which hosts can be: the one array; a new kind is a folder and a line here. */
import type { MachineKind } from './machine.ts';
import { netns } from './netns/netns.ts';

export const machines: readonly MachineKind[] = [netns];

/** What the hosts of a lab are on where nothing else is asked for. */
export const DEFAULT_MACHINE = netns;
