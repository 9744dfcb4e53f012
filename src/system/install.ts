// SPDX-License-Identifier: GPL-2.0-only
/** Sets a machine up: packages, native parts, guest kernel. What is there already is left alone. */
import { existsSync } from 'node:fs';
import { HoplabError, reasonOf } from '../model/errors.ts';
import type { Requirement, RequirementStatus } from '../model/requirement.ts';
import { installPackages, isAvailable } from './apt.ts';
import { missingLibraries } from './cross-build.ts';
import { installCommand, packageNamesOf, readDistribution } from './distribution.ts';
import { run } from './exec.ts';
import { type OtherArch, requirementsFor, setUpArch } from './install-arch.ts';
import {
  BPF_BUILD_REQUIREMENTS,
  BUILD_REQUIREMENTS,
  buildNative,
  missingHeaderPackages,
  removeOldNatives,
} from './native-build.ts';
import { addNonFreeSource } from './non-free-source.ts';
import { BPF_TOOLS, NATIVE_TOOLS, type NativeTool } from './paths.ts';
import { nameRequirement, probeRequirements, requirementKey } from './requirements.ts';
import { CORE_REQUIREMENTS, DEV_REQUIREMENTS } from './tools.ts';
import { TRACEFS } from './tracefs-instances.ts';
import { UNPACKED_TOOLS, unpackedTool, unpackTool } from './unpacked-tools.ts';

/** No tool either: the parser that the OpenMetrics of a report is read with by a test. */
const DEV_FILES = [
  { file: '/usr/lib/python3/dist-packages/prometheus_client/__init__.py', package: 'python3-prometheus-client' },
] as const;

/** In Debian's non-free area; the bench that compares with it does without where it cannot be had. */
const OPTIONAL_PACKAGE = 'netperf';

export interface InstallOptions {
  readonly signal: AbortSignal;
  /** What the backends need. */
  readonly requirements: readonly Requirement[];
  readonly dev: boolean;
  /** Guests of other architectures than this machine's; absent = none. */
  readonly otherArches?: readonly OtherArch[];
  readonly say: (line: string) => void;
  /** Finds the guest kernel and names it; fetches it if it may and has to. */
  readonly guestKernel: (fetch: boolean, signal: AbortSignal) => Promise<string>;
  /** The same for the kernels that the nested hosts of the tests boot, by their series. */
  readonly nestedKernels: ReadonlyMap<string, (fetch: boolean, signal: AbortSignal) => Promise<string>>;
}

/** Throws NOT_ROOT where packages are missing and cannot be installed, SETUP_FAILED where something else is left. */
export async function installAll(options: InstallOptions): Promise<void> {
  if (process.platform !== 'linux') {
    throw new HoplabError({
      code: 'NOT_LINUX',
      message: `set up hoplab: a lab needs Linux, and this is ${process.platform}`,
      hint: '`hoplab report` and `hoplab runs` need no set-up',
    });
  }
  const left = await setUpPackages(options);
  left.push(...(await setUpNative(options)));
  left.push(...(await setUpKernel(options)));
  const bpf = missingHeaderPackages({ bpf: true }).length === 0;
  for (const other of options.otherArches ?? []) left.push(...(await setUpArch(other, { ...options, bpf })));
  if (options.dev) {
    left.push(...(await setUpTracefs(options)), ...(await setUpUnpacked(options)));
    left.push(...(await setUpNestedKernels(options)));
  }
  if (left.length > 0) {
    throw new HoplabError({
      code: 'SETUP_FAILED',
      message: `set up hoplab: not all is there:\n  ${left.join('\n  ')}`,
      hint: 'hoplab doctor says what can run without it',
    });
  }
}

/** The tests trace by tracefs too; not every machine mounts it when it boots. Where the kernel has none, they say so. */
async function setUpTracefs({ say, signal }: InstallOptions): Promise<string[]> {
  if (existsSync(`${TRACEFS}/instances`) || !existsSync(TRACEFS) || process.getuid?.() !== 0) return [];
  const argv = ['mount', '-t', 'tracefs', 'tracefs', TRACEFS];
  say(`tracefs: ${argv.join(' ')}`);
  const { code, stderr } = await run(argv, { signal, allowFailure: true, what: 'mount tracefs' });
  return code === 0 ? [] : [`tracefs: ${stderr.trim()}`];
}

/** What tests read reports with; a machine that has no apt does without. */
async function setUpUnpacked({ say, signal }: InstallOptions): Promise<string[]> {
  const missing = UNPACKED_TOOLS.filter(({ name }) => unpackedTool(name) === null);
  if (missing.length === 0 || (await readDistribution()).family !== 'debian') return [];
  const left: string[] = [];
  for (const { name, package: debian } of missing) {
    say(`${name}: unpack it from the package ${debian}`);
    await unpackTool({ name, package: debian }, signal).catch((error: unknown) =>
      left.push(`${name}: ${reasonOf(error)}`),
    );
    signal.throwIfAborted();
  }
  return left;
}

/** Fetched where apt and Debian's keys are; other machines' tests of a nested host say that they are missing. */
async function setUpNestedKernels({ nestedKernels, say, signal }: InstallOptions): Promise<string[]> {
  if ((await readDistribution()).family !== 'debian') return [];
  const left: string[] = [];
  for (const [series, find] of nestedKernels) {
    const there = await find(false, signal).catch(() => null);
    signal.throwIfAborted();
    if (there !== null) continue;
    say(`kernel of a nested host: fetch Debian's generic kernel ${series}`);
    await find(true, signal).catch((error: unknown) => left.push(`generic kernel ${series}: ${reasonOf(error)}`));
    signal.throwIfAborted();
  }
  return left;
}

/** Builds what can be built. A lab does without the tools with a BPF part: that they are missing is said, and no failure. */
async function setUpNative(options: InstallOptions): Promise<string[]> {
  const { say, signal } = options;
  const built: string[] = [];
  const build = async (tools: readonly NativeTool[]) => {
    for (const tool of tools) if (await buildNative(tool, signal)) built.push(`hoplab-${tool}`);
  };
  const lacking = async (needs: readonly Requirement[], bpf: boolean) => [
    ...(await missingTools(needs, options)).map(({ requirement }) => nameRequirement(requirement)),
    ...missingHeaderPackages({ bpf }),
  ];
  const missing = await lacking(BUILD_REQUIREMENTS, false);
  if (missing.length > 0) return [`native parts: not built without ${missing.join(', ')}`];
  await build(NATIVE_TOOLS);
  const missingBpf = await lacking(BPF_BUILD_REQUIREMENTS, true);
  if (missingBpf.length === 0) await build(BPF_TOOLS);
  else say(`native parts with BPF: not built without ${missingBpf.join(', ')}; hoplab doctor says what that costs`);
  await removeOldNatives();
  say(`native parts: ${built.length === 0 ? 'up to date' : `built ${built.join(', ')}`}`);
  return [];
}

/** What is left to do by hand afterwards. */
async function setUpPackages(options: InstallOptions): Promise<string[]> {
  const { dev, requirements, otherArches = [], say, signal } = options;
  const building = [...BUILD_REQUIREMENTS, ...BPF_BUILD_REQUIREMENTS];
  const others = otherArches.flatMap(requirementsFor);
  const wanted = [...CORE_REQUIREMENTS, ...building, ...requirements, ...others, ...(dev ? DEV_REQUIREMENTS : [])];
  const tools = wanted.filter(({ kind }) => kind === 'tool');
  const missing = await missingTools(tools, options);
  const headers = [...missingHeaderPackages({ bpf: false }), ...missingHeaderPackages({ bpf: true })];
  const libraries = otherArches.flatMap(({ arch }) => missingLibraries(arch));
  const files = DEV_FILES.filter(({ file }) => dev && !existsSync(file)).map((one) => one.package);
  const packages = [...new Set([...missing.map(packageOf), ...headers, ...libraries, ...files])];
  if (packages.length === 0) {
    say(`packages: all ${new Set(tools.map(requirementKey)).size} tools are there`);
    return [];
  }
  const distribution = await readDistribution();
  const command = installCommand(packages, distribution, packageNamesOf(wanted));
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
  const optional = new Set([OPTIONAL_PACKAGE, ...BPF_BUILD_REQUIREMENTS.map(packageName)]);
  const still = (await missingTools(tools, options)).filter((status) => !optional.has(packageOf(status)));
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
  return packageName(requirement);
}

function packageName(requirement: Requirement): string {
  return requirement.kind === 'tool' ? requirement.package : '';
}
