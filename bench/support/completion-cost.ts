// SPDX-License-Identifier: GPL-2.0-only
/** What a shell waits for when a word is completed, beside a Node that does nothing: the floor of any program on Node. */
import { join } from 'node:path';
import { ASKED, type AskedKind } from '../../src/cli/asked.ts';
import { run } from '../../src/system/exec.ts';
import { projectRoot } from '../../src/system/paths.ts';
import { ratioOverRounds, show } from './ratios.ts';

const FLOOR = ['-e', '0'] as const;

/** A row for each kind of words, in the form "2.31 [2.20, 2.43]": its time over that of `node -e 0` of the same round. */
export async function completionCost(root: string, rounds: number): Promise<[string, string][]> {
  const { signal } = new AbortController();
  const timed = async (words: readonly string[]): Promise<number> => {
    const started = performance.now();
    await run([process.execPath, ...words], { signal });
    return performance.now() - started;
  };
  const asks = (kind: AskedKind) => [join(projectRoot, 'bin', 'hoplab.js'), ASKED, kind, 'report', '--runs', root];
  const rows: [string, string][] = [];
  for (const kind of ['runs', 'paths'] as const) {
    const [own, floor]: [number[], number[]] = [[], []];
    for (let round = 0; round < rounds; round++) {
      floor.push(await timed(FLOOR));
      own.push(await timed(asks(kind)));
    }
    rows.push([`completion of ${kind}, over \`node -e 0\``, show(ratioOverRounds(own, floor), 2)]);
  }
  return rows;
}
