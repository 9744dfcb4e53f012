// SPDX-License-Identifier: GPL-2.0-only
/** Recognises a kernel image by its bytes: format, architecture, release. */
import type { GuestArch } from './arch.ts';

export interface KernelImage {
  readonly format: 'bzImage' | 'ELF' | 'arm64 Image' | 'gzip' | 'EFI zboot';
  /** null where the container does not say. */
  readonly arch: GuestArch | null;
  /** As `uname -r` will print it; null where it stands only in compressed data. */
  readonly release: string | null;
}

const ELF_MACHINES: Readonly<Record<number, GuestArch>> = { 62: 'x86_64', 183: 'aarch64' };

/** What this file's content is, or null if it is no kernel image. Offsets: Documentation/arch/x86/boot.rst, arm64/booting.rst. */
export function recogniseKernel(bytes: Buffer): KernelImage | null {
  if (bytes.length > 0x260 && bytes.toString('latin1', 0x202, 0x206) === 'HdrS') {
    return { format: 'bzImage', arch: 'x86_64', release: bzImageRelease(bytes) };
  }
  if (bytes.length > 64 && bytes.toString('latin1', 0x38, 0x3c) === 'ARM\x64') {
    return { format: 'arm64 Image', arch: 'aarch64', release: bannerRelease(bytes) };
  }
  if (bytes.length > 64 && bytes.toString('latin1', 0, 4) === '\x7fELF') {
    const arch = ELF_MACHINES[bytes.readUInt16LE(18)] ?? null;
    return { format: 'ELF', arch, release: bannerRelease(bytes) };
  }
  if (bytes.toString('latin1', 0, 2) === 'MZ' && bytes.toString('latin1', 4, 8) === 'zimg') {
    return { format: 'EFI zboot', arch: null, release: null };
  }
  if (bytes.length > 1024 && bytes[0] === 0x1f && bytes[1] === 0x8b) {
    return { format: 'gzip', arch: null, release: null };
  }
  return null;
}

/** What a file that is no kernel is instead, for the error. */
export function describeBytes(bytes: Buffer): string {
  if (bytes.length === 0) return 'an empty file';
  const head = bytes.subarray(0, 16);
  const text = head.toString('latin1');
  if (text.startsWith('#!')) return 'a script';
  if (text.startsWith('QFI\xfb')) return 'a qcow2 disk image';
  if (text.startsWith('!<arch>')) return 'a Debian package or static library';
  if (text.startsWith('070701')) return 'a cpio archive';
  if (/^[\t\n\r -~]+$/.test(text)) return `text that begins with ${JSON.stringify(text)}`;
  return `${bytes.length} bytes that begin with ${head.toString('hex', 0, 8)}`;
}

function bzImageRelease(bytes: Buffer): string | null {
  const offset = bytes.readUInt16LE(0x20e);
  if (offset === 0) return null;
  const text = bytes.toString('latin1', 0x200 + offset, 0x200 + offset + 256);
  return /^([0-9]\S*) /.exec(text)?.[1] ?? null;
}

/** The release in the banner "Linux version 6.1.0-53-arm64 (...) ...", which an uncompressed image holds. */
function bannerRelease(bytes: Buffer): string | null {
  const banner = 'Linux version ';
  for (let at = bytes.indexOf(banner); at >= 0; at = bytes.indexOf(banner, at + 1)) {
    const found = /^([0-9]\S*) \(/.exec(bytes.toString('latin1', at + banner.length, at + banner.length + 256));
    if (found?.[1] !== undefined) return found[1];
  }
  return null;
}
