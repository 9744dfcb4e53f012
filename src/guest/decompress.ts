// SPDX-License-Identifier: GPL-2.0-only
/** Unpacks what Node cannot. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run } from '../system/exec.ts';

/** The tools work on files, so that no binary passes through text. */
export async function decompress(tool: 'xz' | 'zstd', packed: Buffer, signal: AbortSignal): Promise<Buffer> {
  const folder = await mkdtemp(join(tmpdir(), 'hoplab-packed-'));
  try {
    const file = join(folder, 'content');
    const suffixed = `${file}.${tool === 'xz' ? 'xz' : 'zst'}`;
    await writeFile(suffixed, packed);
    await run([tool, '-d', '-q', suffixed], { signal, what: `unpack with ${tool}` });
    return await readFile(file);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
