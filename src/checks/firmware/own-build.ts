// SPDX-License-Identifier: GPL-2.0-only
/** A build of U-Boot from a fragment of its configuration: cross-compiled from a Debian source package, and cached. */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { dirname, join } from 'node:path';
import { HoplabError, reasonOf } from '../../model/errors.ts';
import { cacheDir } from '../../system/cache.ts';
import { installCommand, readDistribution } from '../../system/distribution.ts';
import { run } from '../../system/exec.ts';
import { findTool } from '../../system/find-tool.ts';
import { fetchSource } from '../../system/private-apt.ts';
import { FIRMWARE_BUILD_TOOLS } from '../../system/tools.ts';
import type { OpenContext } from '../check.ts';

const SOURCE = { release: 'trixie', name: 'u-boot' } as const;
const BOARD = 'qemu_arm64';
const CROSS = 'aarch64-linux-gnu-';
const BUILD_MS = 3_600_000;
/** Of the tools that the build makes for itself. */
const HEADERS = { file: '/usr/include/openssl/evp.h', package: 'libssl-dev' } as const;
/** Changes what is built from the same fragment: a part of the key. */
const RECIPE = 1;

export interface OwnBuild {
  readonly file: string;
  /** "Debian source u-boot 2025.01 (trixie)". */
  readonly source: string;
  /** The lines of the fragment that are in the configuration, as they are there. */
  readonly configuration: readonly string[];
}

/** Throws USAGE for lines that are none of a configuration, REQUIREMENT_MISSING, and SETUP_FAILED with the build's last lines. */
export async function buildFirmware(
  fragment: string,
  context: OpenContext,
  ready: () => Promise<void> = requireBuildTools,
): Promise<OwnBuild> {
  const lines = parseFragment(await readFile(fragment, 'utf8'), fragment);
  const key = createHash('sha256')
    .update(JSON.stringify([RECIPE, SOURCE, BOARD, lines]))
    .digest('hex')
    .slice(0, 16);
  const folder = join(cacheDir(), 'firmware', key);
  if (!existsSync(folder)) {
    await ready();
    await build(lines, folder, context);
  }
  const made = new Set((await readFile(join(folder, 'config'), 'utf8')).split('\n'));
  return {
    file: join(folder, 'u-boot.bin'),
    source: (await readFile(join(folder, 'source'), 'utf8')).trim(),
    configuration: lines.map((line) => {
      const shown = line.replace(/^# (\w+) is not set$/, '$1=n');
      // What is not set is left out where nothing can set it.
      return made.has(line) || shown !== line ? shown : `${line} (dropped: its dependencies are not met)`;
    }),
  };
}

/** Without blanks, comments and doubles; "=n" is what "is not set" says. */
export function parseFragment(text: string, file: string): string[] {
  const lines = text
    .split('\n')
    .map((line) => line.trim().replace(/^(CONFIG_\w+)=n$/, '# $1 is not set'))
    .filter((line) => line !== '' && (!line.startsWith('#') || /^# CONFIG_\w+ is not set$/.test(line)));
  const wrong = lines.find((line) => !line.startsWith('#') && !/^CONFIG_\w+=\S/.test(line));
  if (wrong === undefined) return [...new Set(lines)];
  throw new HoplabError({
    code: 'USAGE',
    message: `build a firmware from ${file}: "${wrong.slice(0, 80)}" is no line of a configuration`,
    hint: 'a line is CONFIG_NAME=value, or "# CONFIG_NAME is not set"',
  });
}

async function build(lines: readonly string[], folder: string, { signal, say }: OpenContext): Promise<void> {
  const source = await fetchSource(SOURCE, signal);
  await mkdir(dirname(folder), { recursive: true });
  // Beside its final place, and renamed at the end: an interrupted build leaves nothing that looks whole.
  const work = await mkdtemp(join(dirname(folder), '.build-'));
  try {
    say(`build U-Boot ${source.version} from the fragment: minutes, once; then it is in the cache`);
    const [tree, made] = [join(work, 'tree'), join(work, 'made')];
    await mkdir(tree);
    await mkdir(made);
    const step = (what: string, ...argv: string[]) => run(argv, { signal, cwd: tree, timeoutMs: BUILD_MS, what });
    await step('unpack U-Boot', 'tar', '-xf', source.file, '--strip-components=1');
    await writeFile(join(tree, 'configs/hoplab.config'), await wholeFragment(lines, work));
    await step('configure U-Boot', 'make', `${BOARD}_defconfig`, 'hoplab.config');
    const jobs = `-j${availableParallelism()}`;
    // The device tree of the build is not that of the machine, which brings its own: what is written there as key does not matter.
    const key = 'cmd_capsule_esl_gen=cp $< $@';
    await step('build U-Boot', 'make', `CROSS_COMPILE=${CROSS}`, key, jobs, 'u-boot.bin');
    await rename(join(tree, 'u-boot.bin'), join(made, 'u-boot.bin'));
    await rename(join(tree, '.config'), join(made, 'config'));
    await writeFile(join(made, 'source'), `Debian source ${SOURCE.name} ${source.version} (${SOURCE.release})\n`);
    await rename(made, folder);
  } catch (error) {
    signal.throwIfAborted();
    const hint = 'the fragment decides what is built; the lines above say where it failed';
    throw new HoplabError({ code: 'SETUP_FAILED', message: reasonOf(error), hint, cause: error });
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** With what every build here needs: tools that are not made need no libraries, and authentication wants a file with a certificate. */
async function wholeFragment(lines: readonly string[], work: string): Promise<string> {
  const whole = [...lines, '# CONFIG_TOOLS_MKEFICAPSULE is not set'];
  const named = lines.some((line) => line.startsWith('CONFIG_EFI_CAPSULE_CRT_FILE='));
  if (lines.includes('CONFIG_EFI_CAPSULE_AUTHENTICATE=y') && !named) {
    const certificate = join(work, 'capsule.crt');
    await writeFile(certificate, '');
    whole.push(`CONFIG_EFI_CAPSULE_CRT_FILE="${certificate}"`);
  }
  return `${whole.join('\n')}\n`;
}

/** Throws REQUIREMENT_MISSING with all that is missing and one command that installs it. */
export async function requireBuildTools(): Promise<void> {
  const missing: { readonly name: string; readonly package: string }[] = [];
  for (const tool of FIRMWARE_BUILD_TOOLS) if ((await findTool(tool.name)) === null) missing.push(tool);
  if (!existsSync(HEADERS.file)) missing.push({ name: HEADERS.file, package: HEADERS.package });
  if (missing.length === 0) return;
  throw new HoplabError({
    code: 'REQUIREMENT_MISSING',
    message: `build a firmware for arm64: ${missing.map(({ name }) => name).join(', ')} not found`,
    hint: installCommand([...new Set(missing.map((one) => one.package))], await readDistribution()),
  });
}
