// SPDX-License-Identifier: GPL-2.0-only
/** Takes the ELF kernel out of a bzImage: a VMM then enters it directly (PVH), and no guest unpacks it at every boot. */
import { readFile } from 'node:fs/promises';
import { gunzipSync } from 'node:zlib';
import { HoplabError } from '../model/errors.ts';
import { writeFileAtomic } from '../system/cache.ts';
import { decompress } from './decompress.ts';

const LZ4_LEGACY_MAGIC = 0x184c2102;
const XZ_MAGIC = '\xfd7zXZ\0';
const ZSTD_MAGIC = 0xfd2fb528;
const ELF = '\x7fELF';

/**
 * Writes the ELF kernel to `target` and returns true; false where the image is packed in a way that is not
 * unpacked here: it boots as it is, 0.4 s slower under TCG.
 */
export async function unpackImage(source: string, target: string, signal: AbortSignal): Promise<boolean> {
  const image = await readFile(source);
  let elf: Buffer | null;
  try {
    elf = await unpackBzImage(image, signal);
  } catch (error) {
    // Packed in a way that only looked familiar.
    if (error instanceof RangeError || (error instanceof HoplabError && error.code === 'COMMAND_FAILED')) return false;
    throw error;
  }
  if (elf === null) return false;
  await writeFileAtomic(target, elf);
  return true;
}

/** The ELF kernel inside a bzImage (gzip, LZ4, xz or zstd, with a PVH entry), else null. Offsets: Documentation/arch/x86/boot.rst. */
export async function unpackBzImage(image: Buffer, signal: AbortSignal): Promise<Buffer | null> {
  if (image.length < 0x260 || image.toString('latin1', 0x202, 0x206) !== 'HdrS') return null;
  const setupSectors = image[0x1f1] || 4;
  const start = (setupSectors + 1) * 512 + image.readUInt32LE(0x248);
  const payload = image.subarray(start, start + image.readUInt32LE(0x24c));
  if (payload.length < 16) return null;
  const elf = await unpackPayload(payload, signal);
  return elf !== null && elf.toString('latin1', 0, 4) === ELF && hasPvhEntry(elf) ? elf : null;
}

async function unpackPayload(payload: Buffer, signal: AbortSignal): Promise<Buffer | null> {
  if (payload[0] === 0x1f && payload[1] === 0x8b) return gunzipSync(payload);
  if (payload.readUInt32LE(0) === LZ4_LEGACY_MAGIC) return unpackLz4Legacy(payload);
  // The kernel's build appends the unpacked size, which the tools take for garbage.
  const packed = payload.subarray(0, -4);
  if (payload.toString('latin1', 0, 6) === XZ_MAGIC) return decompress('xz', packed, signal);
  if (payload.readUInt32LE(0) === ZSTD_MAGIC) return decompress('zstd', packed, signal);
  return null;
}

/** The Xen note of type 18 (PHYS32_ENTRY) is where a VMM enters an ELF kernel. */
function hasPvhEntry(elf: Buffer): boolean {
  const note = Buffer.from([4, 0, 0, 0, 8, 0, 0, 0, 18, 0, 0, 0, 0x58, 0x65, 0x6e, 0]);
  const shorter = Buffer.from(note);
  shorter[4] = 4;
  return elf.includes(note) || elf.includes(shorter);
}

/** LZ4's legacy frame: magic, then blocks of a size and their data; the kernel's build appends the unpacked size. */
function unpackLz4Legacy(payload: Buffer): Buffer {
  const out = Buffer.alloc(payload.readUInt32LE(payload.length - 4));
  let at = 4;
  let length = 0;
  while (at < payload.length - 4) {
    const size = payload.readUInt32LE(at);
    at += 4;
    if (size === LZ4_LEGACY_MAGIC) continue;
    length = unpackLz4Block(payload.subarray(at, at + size), out, length);
    at += size;
  }
  return out.subarray(0, length);
}

/** One block of sequences: literals, then a match that repeats what was written before. Returns the new length. */
function unpackLz4Block(block: Buffer, out: Buffer, start: number): number {
  let at = 0;
  let end = start;
  const byte = () => {
    const value = block[at++];
    if (value === undefined) throw new RangeError('LZ4 block ends within a sequence');
    return value;
  };
  const extended = (nibble: number) => {
    let length = nibble;
    if (nibble === 15) {
      let more = 255;
      while (more === 255) {
        more = byte();
        length += more;
      }
    }
    return length;
  };
  while (at < block.length) {
    const token = byte();
    const literals = extended(token >> 4);
    block.copy(out, end, at, at + literals);
    at += literals;
    end += literals;
    if (at >= block.length) break;
    const distance = byte() | (byte() << 8);
    const match = extended(token & 15) + 4;
    if (distance === 0 || distance > end - start || end + match > out.length)
      throw new RangeError('LZ4 match out of range');
    // Overlapping matches repeat: byte for byte unless they lie apart.
    if (distance >= match) out.copyWithin(end, end - distance, end - distance + match);
    else for (let i = 0; i < match; i++) out[end + i] = out[end + i - distance] ?? 0;
    end += match;
  }
  return end;
}
