// SPDX-License-Identifier: GPL-2.0-only
/** What the guest tests share: a booted guest, and a small process to run in it. */
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { GuestKernel } from '../../src/guest/guest-kernel.ts';
import { buildImage, type GuestImage } from '../../src/guest/image.ts';
import { findKernel } from '../../src/guest/kernel.ts';
import { run } from '../../src/system/exec.ts';
import { nativeBinary } from '../../src/system/paths.ts';
import { startService } from '../../src/system/service.ts';
import { bootGuest, type Guest, type GuestPlug, type LaunchVmm } from '../../src/vmms/boot.ts';
import { qemu } from '../../src/vmms/qemu/qemu.ts';
import type { GuestPlan, PathNic } from '../../src/vmms/vmm.ts';

/** No test of a guest takes longer; a guest that hangs ends with it. */
export const TEST_TIMEOUT_MS = 600_000;

export const launch: LaunchVmm = (argv, { name, extraPipes, signal }) =>
  startService(argv, { name, extraPipes, signal, logFile: null });

/** Prints "ready", then each line of stdin in upper case; at its end complains on stderr and exits with 7. */
const ECHO_SOURCE = `
#include <ctype.h>
#include <stdio.h>
int main(int argc, char **argv)
{
	int c;

	printf("ready %d %s\\n", argc, argc > 1 ? argv[1] : "-");
	fflush(stdout);
	while ((c = getchar()) != EOF)
		putchar(toupper(c));
	fprintf(stderr, "end of input\\n");
	return 7;
}
`;

/** Compiles the echo process, static, as the guest has no libraries. */
async function buildEcho(folder: string, signal: AbortSignal): Promise<string> {
  const source = join(folder, 'echo.c');
  await writeFile(source, ECHO_SOURCE);
  await run(['musl-gcc', '-static', '-O1', '-o', join(folder, 'echo'), source], {
    signal,
    what: 'build the echo process',
  });
  return join(folder, 'echo');
}

export interface Prepared extends AsyncDisposable {
  readonly kernel: GuestKernel;
  readonly image: GuestImage;
  readonly folder: string;
  plan(name: string, changes?: Partial<GuestPlan>): GuestPlan;
  boot(name: string, changes?: Partial<GuestPlan>): Promise<Guest>;
}

export interface PrepareOptions {
  readonly withShell?: boolean;
  /** Path in the guest -> file here. */
  readonly binaries?: Readonly<Record<string, string>>;
}

export async function prepare(
  signal: AbortSignal,
  { withShell = false, binaries = {} }: PrepareOptions = {},
): Promise<Prepared> {
  const folder = await mkdtemp(join(tmpdir(), 'hoplab-guest-'));
  const kernel = await findKernel({ kind: 'debian' }, { signal });
  const echo = await buildEcho(folder, signal);
  const image = await buildImage({
    kernel,
    agent: nativeBinary('agent'),
    binaries: { '/bin/echo': echo, ...binaries },
    // The echo process stands where a shell would: what the terminal and the channel carry is the same.
    busybox: withShell ? echo : null,
    signal,
  });
  const plan = (name: string, changes: Partial<GuestPlan> = {}): GuestPlan => ({
    name,
    arch: kernel.arch,
    accel: 'tcg',
    kernel: kernel.imagePath,
    initrd: image.path,
    cpus: 1,
    memoryMiB: 256,
    slots: 4,
    ...changes,
  });
  return {
    kernel,
    image,
    folder,
    plan,
    boot: (name, changes) => bootGuest({ vmm: qemu, plan: plan(name, changes), launch, signal, consoleLog: null }),
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  };
}

/** A NIC on slirp, on a subnet by its number. */
export function natNic(index: number, changes: Partial<PathNic> = {}): PathNic {
  return {
    path: `n${index}`,
    slot: index,
    mac: `02:68:6f:70:00:${(index + 1).toString(16).padStart(2, '0')}`,
    attachment: { kind: 'nat', subnet: `10.0.${index + 2}.0/24`, gateway: `10.0.${index + 2}.2`, forwards: [] },
    needs: {},
    options: {},
    ...changes,
  };
}

/** The plug of a guest that has one. */
export function plugOf({ plug }: Guest): GuestPlug {
  if (plug === null) throw new Error('this guest has no plug');
  return plug;
}

/** The processes whose command line holds this text: what a guest must not leave behind. */
export async function processesWith(text: string): Promise<readonly string[]> {
  const found: string[] = [];
  for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
    const line = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
    if (line.includes(text)) found.push(`${pid}: ${line.replaceAll('\0', ' ')}`);
  }
  return found;
}
