// SPDX-License-Identifier: GPL-2.0-only
/** Asks one row of one build: a machine of its own, the steps on its console, and the row's judgement. */
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ConsoleAnswer, FirmwareConsole } from '../../guest/firmware/console.ts';
import { buildFatImage } from '../../guest/firmware/fat-image.ts';
import { errnoOf } from '../../model/errno.ts';
import { HoplabError } from '../../model/errors.ts';
import { bootFirmware } from '../../vmms/boot-firmware.ts';
import type { FirmwarePlan } from '../../vmms/firmware-machine.ts';
import type { Vmm } from '../../vmms/vmm.ts';
import type { AskContext } from '../check.ts';
import type { Build } from './builds.ts';
import type { FirmwareRow, LoaderState, RowMedium, Seen } from './row.ts';

const PROMPT_MS = 40_000;
const STEP_MS = 30_000;
/** ^C, which every build takes; a key that is a command's beginning would be one. */
const INTERRUPT = '\x03';
/** Of its start alone: the line with its version is what the command `version` says too. */
const BANNER = /^DRAM: /;
const CUT_BYTES = 700;

export interface AskedBuild {
  readonly vmm: Vmm;
  readonly build: Build;
  /** The application that rows start: native/efiprobe. */
  readonly application: string;
}

/** Throws FirmwareFault, and HoplabError where the machine could not be made. */
export async function askRow(row: FirmwareRow, asked: AskedBuild, context: AskContext): Promise<Seen> {
  const { vmm, build } = asked;
  const { signal, logPath } = context;
  const name = `${build.id.replace(/[^A-Za-z0-9._-]/g, '-').slice(0, 40)}-${row.id}`;
  const work = await mkdtemp(join(tmpdir(), 'hoplab-firmware-'));
  try {
    const plan = await writeMachine(row, { ...asked, work, name });
    const files = { transcript: logPath(name), log: logPath(`${name}-vmm`) };
    await using guest = await bootFirmware({ vmm, plan, signal, banner: BANNER, ...files });
    return await takeSteps(row, guest.console);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** Its images, the files that it serves, and the plan of them. */
async function writeMachine(
  row: FirmwareRow,
  { build, application, work, name }: AskedBuild & { readonly work: string; readonly name: string },
): Promise<FirmwarePlan> {
  const content = await readFile(application);
  try {
    const media = await Promise.all(
      row.media.map(async (medium, index) => {
        const { id, bus, port, serial } = medium;
        const image = join(work, `${id}.img`);
        await writeFile(
          image,
          buildFatImage({ files: filesOf(medium, content), signature: medium.signature ?? index + 1 }),
        );
        return { id, image, bus, ...(port === undefined ? {} : { port }), ...(serial === undefined ? {} : { serial }) };
      }),
    );
    let tftp: string | null = null;
    if (row.served !== undefined) {
      tftp = join(work, 'tftp');
      await mkdir(tftp);
      for (const [file, bytes] of Object.entries(row.served)) await writeFile(join(tftp, file), bytes);
    }
    const usb = row.usb ?? { controller: 'ehci' as const, hubs: [] };
    return { name, arch: 'aarch64', firmware: build.file, media, usb, tftp };
  } catch (error) {
    if (errnoOf(error) !== 'ENOSPC') throw error;
    throw new HoplabError({
      code: 'DISK_FULL',
      message: `write the images of ${row.id} to ${work}: no space is left`,
      hint: 'free some of it, or set TMPDIR to a folder elsewhere',
      cause: error,
    });
  }
}

function filesOf({ id, loader }: RowMedium, application: Buffer): Record<string, Uint8Array> {
  const loaders: Readonly<Record<LoaderState, Record<string, Uint8Array>>> = {
    whole: { 'EFI/BOOT/BOOTAA64.EFI': application },
    missing: {},
    // Its head is whole: what it says of its sections is no longer there.
    cut: { 'EFI/BOOT/BOOTAA64.EFI': application.subarray(0, CUT_BYTES) },
    garbage: { 'EFI/BOOT/BOOTAA64.EFI': Buffer.alloc(application.length, 'no application ') },
  };
  return { 'MEDIUM.TXT': Buffer.from(id), ...loaders[loader] };
}

async function takeSteps(row: FirmwareRow, console: FirmwareConsole): Promise<Seen> {
  const interrupted = { key: INTERRUPT, deadlineMs: PROMPT_MS };
  const promptMs = row.unattended === true ? null : await console.prompt(interrupted);
  const answers = new Map<string, ConsoleAnswer>();
  for (const step of row.steps) {
    switch (step.kind) {
      case 'command':
        answers.set(step.name, await console.command(step.line, { deadlineMs: step.deadlineMs ?? STEP_MS }));
        break;
      case 'keys':
        answers.set(step.name, await console.until(step.keys, step.until, step.deadlineMs ?? STEP_MS));
        break;
      case 'restart':
        answers.set(step.name, await console.until('reset\r', BANNER, PROMPT_MS));
        await console.prompt(interrupted);
        break;
      default:
        step satisfies never;
    }
  }
  return {
    promptMs,
    answer(name) {
      const answer = answers.get(name);
      if (answer === undefined) throw new Error(`row ${row.id} has no step ${name}`);
      return answer;
    },
  };
}
