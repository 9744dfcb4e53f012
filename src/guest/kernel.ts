// SPDX-License-Identifier: GPL-2.0-only
/** Chooses the kernel that a guest boots: Debian's cloud kernel, the host's own, or a file. */

import { open, readFile, stat } from 'node:fs/promises';
import { release as hostRelease } from 'node:os';
import { HoplabError } from '../model/errors.ts';
import { isMissing } from '../system/cache.ts';
import { type GuestArch, hostArch } from './arch.ts';
import { debianKernel } from './debian-kernel.ts';
import type { GuestKernel } from './guest-kernel.ts';
import { describeBytes, type KernelImage, recogniseKernel } from './kernel-image.ts';

export type KernelChoice =
  | { readonly kind: 'debian' }
  | { readonly kind: 'host' }
  | { readonly kind: 'file'; readonly kernel: string; readonly modules: string | null };

export interface KernelOptions {
  readonly signal: AbortSignal;
  /** Default: the host's. */
  readonly arch?: GuestArch;
  /** False: a Debian kernel that is not in the cache is NOT_SET_UP rather than fetched. Default true. */
  readonly fetch?: boolean;
}

/** Finds the kernel, fetching Debian's into the cache where it is not there yet. Throws KERNEL_INVALID, NOT_SET_UP or SETUP_FAILED. */
export async function findKernel(choice: KernelChoice, options: KernelOptions): Promise<GuestKernel> {
  const arch = options.arch ?? hostArch();
  switch (choice.kind) {
    case 'debian':
      return debianKernel({ ...options, arch });
    case 'host':
      return hostKernel(arch);
    case 'file':
      return fileKernel(choice.kernel, choice.modules, arch);
  }
}

async function hostKernel(arch: GuestArch): Promise<GuestKernel> {
  const release = hostRelease();
  const places = [`/boot/vmlinuz-${release}`, `/lib/modules/${release}/vmlinuz`, `/boot/Image-${release}`];
  for (const imagePath of places) {
    if (!(await exists(imagePath))) continue;
    await checkImage(imagePath, arch);
    const modulesDir = `/lib/modules/${release}`;
    return { arch, imagePath, release, modulesDir: (await exists(modulesDir)) ? modulesDir : null, source: 'host' };
  }
  throw new HoplabError({
    code: 'KERNEL_INVALID',
    message: `find the host's own kernel ${release}: there is none of ${places.join(', ')}`,
    hint: 'use --kernel debian, or --kernel FILE --modules DIR',
  });
}

async function fileKernel(imagePath: string, modulesDir: string | null, arch: GuestArch): Promise<GuestKernel> {
  const image = await checkImage(imagePath, arch);
  if (modulesDir !== null && !(await exists(modulesDir))) {
    throw new HoplabError({
      code: 'KERNEL_INVALID',
      message: `find the modules of kernel ${imagePath}: there is no folder ${modulesDir}`,
      hint: 'name the folder that holds modules.dep, such as --modules /lib/modules/RELEASE',
    });
  }
  return { arch, imagePath, release: image.release, modulesDir, source: imagePath };
}

/** Throws KERNEL_INVALID, saying what was found, unless the file is a kernel image for this architecture. */
async function checkImage(path: string, arch: GuestArch): Promise<KernelImage> {
  let bytes: Buffer;
  try {
    bytes = await readImage(path);
  } catch (error) {
    throw new HoplabError({
      code: 'KERNEL_INVALID',
      message: isMissing(error)
        ? `boot the kernel ${path}: there is no such file`
        : `boot the kernel ${path}: ${error instanceof Error ? error.message : String(error)}`,
      hint: 'use --kernel debian, --kernel host, or --kernel FILE with a kernel image',
      cause: error,
    });
  }
  const image = recogniseKernel(bytes);
  if (image === null) {
    throw new HoplabError({
      code: 'KERNEL_INVALID',
      message: `boot the kernel ${path}: it is ${describeBytes(bytes)}, not a kernel image (bzImage, ELF, arm64 Image, gzip, EFI zboot)`,
      hint: 'a kernel image is what stands in /boot as vmlinuz-RELEASE',
    });
  }
  if (image.arch !== null && image.arch !== arch) {
    throw new HoplabError({
      code: 'KERNEL_INVALID',
      message: `boot the kernel ${path}: it is for ${image.arch}, the guest is ${arch}`,
      hint: `use a kernel for ${arch}, or set the guest's arch to ${image.arch}`,
    });
  }
  return image;
}

/** A bzImage says everything in its first sector; the others are read whole, to find their banner. */
async function readImage(path: string): Promise<Buffer> {
  const file = await open(path);
  try {
    const head = Buffer.alloc(65536);
    const { bytesRead } = await file.read(head, 0, head.length, 0);
    const start = head.subarray(0, bytesRead);
    const whole = start.toString('latin1', 0, 4) === '\x7fELF' || start.toString('latin1', 0x38, 0x3c) === 'ARM\x64';
    return whole ? await readFile(path) : start;
  } finally {
    await file.close();
  }
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
