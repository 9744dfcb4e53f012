// SPDX-License-Identifier: GPL-2.0-only
/** How a completion script asks for words: `hoplab __complete KIND WORD...`, no command that a person types. */
export const ASKED = '__complete';

export const ASKED_KINDS = ['runs', 'labels', 'paths'] as const;
export type AskedKind = (typeof ASKED_KINDS)[number];
