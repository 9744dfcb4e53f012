// SPDX-License-Identifier: GPL-2.0-only
/** Installs Debian packages with apt-get, asking for new lists only when the old ones do not do. */
import { readdir } from 'node:fs/promises';
import { HoplabError, reasonOf } from '../model/errors.ts';
import { run } from './exec.ts';

const LISTS = '/var/lib/apt/lists';
const TIMEOUT_MS = 900_000;
/** Packages whose installation starts a service and enables it. A lab starts its own daemons, and never uses that one. */
const SERVICE_OF: Readonly<Record<string, string>> = { 'openvswitch-switch': 'openvswitch-switch' };

export interface AptOptions {
  readonly signal: AbortSignal;
  readonly say: (line: string) => void;
}

/** Installs packages and nothing that they merely recommend. Throws SETUP_FAILED with what apt said. */
export async function installPackages(packages: readonly string[], options: AptOptions): Promise<void> {
  const updated = !(await hasLists());
  if (updated) await updateLists(options);
  try {
    await install(packages, options);
  } catch (error) {
    options.signal.throwIfAborted();
    // Lists of last week name files that the archive has replaced since: new lists cure that, once.
    if (updated) throw aptError(packages, error);
    await updateLists(options);
    await install(packages, options).catch((again: unknown) => {
      options.signal.throwIfAborted();
      throw aptError(packages, again);
    });
  }
  for (const name of packages) if (SERVICE_OF[name] !== undefined) await silence(SERVICE_OF[name], options);
}

/**
 * Stops and disables a service that an installation has just started. Afterwards rather than by a policy-rc.d before:
 * one left behind by a set-up that was killed would keep every later service of this machine from starting.
 */
async function silence(service: string, { signal, say }: AptOptions): Promise<void> {
  say(`  stop and disable the service ${service}`);
  await run(['update-rc.d', service, 'disable'], { signal, allowFailure: true, what: `disable ${service}` });
  await run(['service', service, 'stop'], { signal, allowFailure: true, timeoutMs: 60_000, what: `stop ${service}` });
}

/** Fetches apt's lists; `onlySource` = those of one file in sources.list.d. */
export async function updateLists({ signal, say }: AptOptions, onlySource?: string): Promise<void> {
  const restriction =
    onlySource === undefined
      ? []
      : [
          ...['-o', `Dir::Etc::sourcelist=${onlySource}`, '-o', 'Dir::Etc::sourceparts=-'],
          ...['-o', 'APT::Get::List-Cleanup=0'],
        ];
  say('  apt-get update');
  await run(['apt-get', 'update', '-q', ...restriction], { signal, timeoutMs: TIMEOUT_MS, what: "update apt's lists" });
}

/** Whether apt knows a version of a package that it could install. */
export async function isAvailable(name: string, signal: AbortSignal): Promise<boolean> {
  const { stdout } = await run(['apt-cache', 'policy', name], { signal, allowFailure: true });
  return /^\s*Candidate: (?!\(none\))/m.test(stdout);
}

async function install(packages: readonly string[], { signal, say }: AptOptions): Promise<void> {
  say(`  apt-get install --no-install-recommends ${packages.join(' ')}`);
  await run(
    ['apt-get', 'install', '-y', '-q', '--no-install-recommends', '-o', 'DPkg::Lock::Timeout=120', ...packages],
    {
      signal,
      timeoutMs: TIMEOUT_MS,
      env: { ...process.env, LC_ALL: 'C', DEBIAN_FRONTEND: 'noninteractive' },
      what: 'install packages',
    },
  );
}

async function hasLists(): Promise<boolean> {
  const names = await readdir(LISTS).catch(() => []);
  return names.some((name) => name.includes('_Packages'));
}

function aptError(packages: readonly string[], cause: unknown): HoplabError {
  return new HoplabError({
    code: 'SETUP_FAILED',
    message: `install ${packages.join(', ')}: ${reasonOf(cause)}`,
    hint: `apt-get update && apt-get install --no-install-recommends ${packages.join(' ')}`,
    cause,
  });
}
