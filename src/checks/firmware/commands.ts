// SPDX-License-Identifier: GPL-2.0-only
/** Which commands a build has: what rows need, and whether it comes to its prompt at all. */
import type { AskContext } from '../check.ts';
import { type AskedBuild, askRow } from './ask-row.ts';
import type { FirmwareRow } from './row.ts';

const HELP: FirmwareRow = {
  ...{ id: 'commands', title: '', group: '', media: [] },
  steps: [{ kind: 'command', name: 'help', line: 'help' }],
  judge: () => ({ outcome: 'yes', words: '', evidence: [] }),
};

/** Throws FirmwareFault where it does not come so far. */
export async function readCommands(asked: AskedBuild, context: AskContext): Promise<ReadonlySet<string>> {
  const seen = await askRow(HELP, asked, context);
  return new Set(seen.answer('help').lines.flatMap(({ text }) => /^(\S+)\s+- /.exec(text)?.[1] ?? []));
}
