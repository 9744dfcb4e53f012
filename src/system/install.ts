/** Sets a machine up: packages, native parts, guest kernel. What is there already is left alone. */
import { HoplabError } from '../model/errors.ts';
import type { Requirement, RequirementStatus } from '../model/requirement.ts';
import { installPackages, isAvailable } from './apt.ts';
import { installCommand, readDistribution } from './distribution.ts';
import {
  BRIDGE_BUILD_REQUIREMENTS,
  BUILD_REQUIREMENTS,
  buildNative,
  hasHeaders,
  missingHeaderPackages,
  NATIVE_TOOLS,
} from './native-build.ts';
import { addNonFreeSource } from './non-free-source.ts';
import { probeRequirements, requirementKey } from './requirements.ts';

/** What hoplab needs whatever the backend. */
export const CORE_REQUIREMENTS: readonly Requirement[] = [
  { kind: 'tool', name: 'ip', package: 'iproute2', minimum: null },
  { kind: 'tool', name: 'unshare', package: 'util-linux', minimum: null },
  { kind: 'tool', name: 'ethtool', package: 'ethtool', minimum: null },
  // Modules of the host's own kernel may be compressed.
  { kind: 'tool', name: 'xz', package: 'xz-utils', minimum: null },
  { kind: 'tool', name: 'zstd', package: 'zstd', minimum: null },
  // What a shell in the guest gets its commands from; a measured guest has none.
  { kind: 'tool', name: 'busybox', package: 'busybox-static', minimum: null },
];

/** What the tests and the benches need besides. */
export const DEV_REQUIREMENTS: readonly Requirement[] = [
  { kind: 'tool', name: 'cpio', package: 'cpio', minimum: null },
  { kind: 'tool', name: 'sockperf', package: 'sockperf', minimum: null },
  { kind: 'tool', name: 'setpriv', package: 'util-linux', minimum: null },
  { kind: 'tool', name: 'netperf', package: 'netperf', minimum: null },
  ...BRIDGE_BUILD_REQUIREMENTS,
];

/** In Debian's non-free area; the bench that compares with it does without where it cannot be had. */
const OPTIONAL_PACKAGE = 'netperf';

export interface InstallOptions {
  readonly signal: AbortSignal;
  /** What the backends need. */
  readonly requirements: readonly Requirement[];
  readonly dev: boolean;
  readonly say: (line: string) => void;
  /** Finds the guest kernel and names it; fetches it if it may and has to. */
  readonly guestKernel: (fetch: boolean, signal: AbortSignal) => Promise<string>;
}

/** Throws NOT_ROOT where packages are missing and cannot be installed, SETUP_FAILED where something else is left. */
export async function installAll(options: InstallOptions): Promise<void> {
  const { signal, say } = options;
  if (process.platform !== 'linux') {
    throw new HoplabError({
      code: 'NOT_LINUX',
      message: `set up hoplab: a lab needs Linux, and this is ${process.platform}`,
      hint: '`hoplab report` and `hoplab runs` need no set-up',
    });
  }
  const left = await setUpPackages(options);
  const built: string[] = [];
  const buildable = (await missingTools(BUILD_REQUIREMENTS, options)).length === 0 && hasHeaders();
  if (!buildable) left.push('native parts: not built without the tools above');
  for (const tool of buildable ? NATIVE_TOOLS : []) if (await buildNative(tool, signal)) built.push(`hoplab-${tool}`);
  if (buildable) say(`native parts: ${built.length === 0 ? 'up to date' : `built ${built.join(', ')}`}`);
  left.push(...(await setUpKernel(options)));
  if (left.length > 0) {
    throw new HoplabError({
      code: 'SETUP_FAILED',
      message: `set up hoplab: not all is there:\n  ${left.join('\n  ')}`,
      hint: 'hoplab doctor says what can run without it',
    });
  }
}

/** What is left to do by hand afterwards. */
async function setUpPackages(options: InstallOptions): Promise<string[]> {
  const { dev, requirements, say, signal } = options;
  const wanted = [...CORE_REQUIREMENTS, ...BUILD_REQUIREMENTS, ...requirements, ...(dev ? DEV_REQUIREMENTS : [])];
  const tools = wanted.filter(({ kind }) => kind === 'tool');
  const missing = await missingTools(tools, options);
  const packages = [...new Set([...missing.map(packageOf), ...missingHeaderPackages({ bridge: dev })])];
  if (packages.length === 0) {
    say(`packages: all ${new Set(tools.map(requirementKey)).size} tools are there`);
    return [];
  }
  const distribution = await readDistribution();
  const command = installCommand(packages, distribution);
  if (distribution.family !== 'debian') {
    say(`packages: on ${distribution.name} please run: ${command}`);
    return [`packages: ${command}`];
  }
  if (process.getuid?.() !== 0) {
    throw new HoplabError({
      code: 'NOT_ROOT',
      message: `set up hoplab: packages are missing (${packages.join(', ')}), and only root can install them`,
      hint: `sudo ./setup.sh${dev ? ' --dev' : ''}, or: sudo ${command}`,
    });
  }
  say(`packages: install ${packages.join(', ')}`);
  const available = await withoutUnavailable(packages, { signal, say });
  if (available.length > 0) await installPackages(available, { signal, say });
  const still = (await missingTools(tools, options)).filter((status) => packageOf(status) !== OPTIONAL_PACKAGE);
  return still.map(
    ({ requirement, found, hint }) => `${requirement.kind === 'tool' ? requirement.name : ''}: ${found} (${hint})`,
  );
}

async function withoutUnavailable(
  packages: readonly string[],
  options: Pick<InstallOptions, 'signal' | 'say'>,
): Promise<string[]> {
  if (!packages.includes(OPTIONAL_PACKAGE) || (await isAvailable(OPTIONAL_PACKAGE, options.signal)))
    return [...packages];
  const added = await addNonFreeSource(options);
  if (added && (await isAvailable(OPTIONAL_PACKAGE, options.signal))) return [...packages];
  options.say(`  ${OPTIONAL_PACKAGE} cannot be had from this machine's sources; its column in the benches stays empty`);
  return packages.filter((name) => name !== OPTIONAL_PACKAGE);
}

async function setUpKernel({ guestKernel, say, signal }: InstallOptions): Promise<string[]> {
  const there = await guestKernel(false, signal).catch(() => null);
  signal.throwIfAborted();
  if (there !== null) {
    say(`guest kernel: ${there}`);
    return [];
  }
  if ((await readDistribution()).family !== 'debian') {
    say("guest kernel: guests boot this machine's own kernel: hoplab run --kernel host");
    return [];
  }
  say("guest kernel: fetch Debian's cloud kernel");
  say(`guest kernel: ${await guestKernel(true, signal)}`);
  return [];
}

async function missingTools(
  requirements: readonly Requirement[],
  options: InstallOptions,
): Promise<RequirementStatus[]> {
  const guestKernel = (signal: AbortSignal) => options.guestKernel(false, signal);
  const statuses = await probeRequirements(requirements, { signal: options.signal, guestKernel });
  return statuses.filter(({ met }) => !met);
}

function packageOf({ requirement }: RequirementStatus): string {
  return requirement.kind === 'tool' ? requirement.package : '';
}
