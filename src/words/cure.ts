// SPDX-License-Identifier: GPL-2.0-only
/** A cure in one line: what is done, the exact words, what it costs. */
import type { Cure } from '../model/cure.ts';
import type { LabCommand } from '../model/lab-spec.ts';

/** "let the bridge complete them: `checksum: complete`; cost: ...". Also what the short form of a run says. */
export function cureText({ what, cost, action }: Cure): string {
  const how = action.kind === 'advice' ? [] : [optionsText(action.options), commandsText(action.commands)];
  const words = how.filter((text) => text !== '');
  return `${what}${words.length === 0 ? '' : ` (${words.join('; ')})`}${cost === '' ? '' : `; cost: ${cost}`}`;
}

/** As the lab file takes it: "nic: {csum: false}". */
function optionsText(options: Readonly<Record<string, unknown>> = {}): string {
  const words = Object.entries(options).map(([key, value]) => `${key}: ${flow(value)}`);
  return words.length === 0 ? '' : `lab file: ${words.join(', ')}`;
}

function flow(value: unknown): string {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return JSON.stringify(value);
  const inner = Object.entries(value).map(([key, each]) => `${key}: ${flow(each)}`);
  return `{${inner.join(', ')}}`;
}

/** As they are typed on the host. */
function commandsText(commands: readonly LabCommand[] = []): string {
  return commands.map(({ on, run }) => `${on}# ${run.join(' ')}`).join('; ');
}
