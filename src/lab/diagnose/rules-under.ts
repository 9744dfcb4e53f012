// SPDX-License-Identifier: GPL-2.0-only
/** The rules of a diagnosis under a VMM: those of all, then its own. */
import type { Rule } from '../../diagnose/rule.ts';
import { rules } from '../../diagnose/rules/index.ts';
import type { Vmm } from '../../vmms/vmm.ts';

export function rulesUnder({ rules: own = [] }: Pick<Vmm, 'rules'>): readonly Rule[] {
  return [...rules, ...own];
}
