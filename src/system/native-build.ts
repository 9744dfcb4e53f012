/** Builds the native parts with make; what is up to date costs a look. */
import { existsSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { HoplabError, reasonOf } from '../model/errors.ts';
import type { Requirement } from '../model/requirement.ts';
import { run } from './exec.ts';
import { NATIVE_TOOLS, type NativeTool, nativeBinary, projectRoot } from './paths.ts';

/** What building needs. */
export const BUILD_REQUIREMENTS: readonly Requirement[] = [
  { kind: 'tool', name: 'make', package: 'make', minimum: null },
  { kind: 'tool', name: 'gcc', package: 'gcc', minimum: null },
  { kind: 'tool', name: 'musl-gcc', package: 'musl-tools', minimum: null },
];

/** The kernel's headers are no tool, and musl brings none of its own. */
export const BUILD_HEADERS = { file: '/usr/include/linux/if_link.h', package: 'linux-libc-dev' } as const;

export function hasHeaders(): boolean {
  return existsSync(BUILD_HEADERS.file);
}

/** Builds one native part; true if there was anything to do. Throws SETUP_FAILED with what the compiler said. */
export async function buildNative(tool: NativeTool, signal: AbortSignal): Promise<boolean> {
  const binary = nativeBinary(tool);
  const before = await modified(binary);
  const argv = ['make', '--no-print-directory', '-C', join(projectRoot, 'native', tool), `OUT=${binary}`];
  try {
    await run(argv, { signal, timeoutMs: 120_000, what: `build hoplab-${tool}` });
  } catch (error) {
    signal.throwIfAborted();
    throw new HoplabError({
      code: 'SETUP_FAILED',
      message: reasonOf(error),
      hint: `make -C native/${tool} OUT=${binary}`,
      cause: error,
    });
  }
  return (await modified(binary)) !== before;
}

export { NATIVE_TOOLS };

async function modified(path: string): Promise<number | null> {
  return stat(path).then(
    ({ mtimeMs }) => mtimeMs,
    () => null,
  );
}
