// SPDX-License-Identifier: GPL-2.0-only
/**
 * A folder that the suite has for its PATH: links to the programs that are declared and to those of the base system. A
 * program that a test, or the product in it, starts without declaring it is not found, whatever this machine has.
 */
import { chmod, mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checks } from '../../src/checks/index.ts';
import { everyRequirement } from '../../src/lab/plan/needs.ts';
import { findTool } from '../../src/system/find-tool.ts';
import { DECLARED_TOOLS } from '../../src/system/tools.ts';

/** What every Linux has: the shell, and the commands that scripts take for granted. In Debian: Essential packages. */
export const BASE_SYSTEM: readonly string[] = [
  'sh bash env true false test echo printf sleep timeout nice date id uname expr seq',
  'cat cp dd head ln ls mkdir mkfifo mknod mktemp mv rm rmdir stat tail touch truncate cksum',
  'ldconfig setsid',
  'basename dirname readlink realpath chmod cut grep sed sort tr uniq wc find xargs tar gzip',
].flatMap((line) => line.split(' '));

/** What packages are fetched and installed with, where the base system is Debian's. */
const DEBIAN_SYSTEM: readonly string[] = ['apt-cache', 'apt-get', 'dpkg-deb', 'dpkg-query', 'service', 'update-rc.d'];

/** What declared programs start themselves, each of a package that theirs depends on. */
const COMPANIONS: readonly string[] = [
  // That of apt-get, which holds what it fetches against a release's signature.
  'gpgv',
  // gcc's; musl-gcc is a script around the second.
  ...['as', 'ld', `${{ x64: 'x86_64', arm64: 'aarch64' }[process.arch as string] ?? process.arch}-linux-gnu-gcc`],
];

export interface OwnPath extends AsyncDisposable {
  readonly folder: string;
}

/** Links what is there of `names`; what is not there is for the test that needs it to say. */
export async function openOwnPath(names: readonly string[] = allowedPrograms()): Promise<OwnPath> {
  const folder = await mkdtemp(join(tmpdir(), 'hoplab-path-'));
  // Some tests run as a user who owns nothing.
  await chmod(folder, 0o755);
  for (const name of new Set(names)) {
    const program = await findTool(name);
    if (program !== null) await symlink(program, join(folder, name));
  }
  await symlink(process.execPath, join(folder, 'node'));
  return { folder, [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }) };
}

function allowedPrograms(): string[] {
  const requirements = [...DECLARED_TOOLS, ...everyRequirement(), ...checks.flatMap(({ requires }) => requires)];
  const declared = requirements.flatMap((each) => (each.kind === 'tool' ? [each.name] : []));
  return [...BASE_SYSTEM, ...DEBIAN_SYSTEM, ...COMPANIONS, 'npm', ...declared];
}
