/** The one array of rules, in the order in which equal verdicts are shown: a rule is a file and a line here. */
import type { Rule } from '../rule.ts';
import { vhostMissing } from './vhost-missing.ts';

export const rules: readonly Rule[] = [vhostMissing];
