// SPDX-License-Identifier: GPL-2.0-only
/** The images that a firmware boots from, as the tools of others read them. */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { it } from 'node:test';
import { buildFatImage } from '../../../../src/guest/firmware/fat-image.ts';
import { run } from '../../../../src/system/exec.ts';
import { temporaryFolder } from '../../../fixtures/temporary-folder.ts';
import { needs } from '../../../support/needs.ts';

const FILES = {
  'MEDIUM.TXT': Buffer.from('stick1'),
  'EMPTY.TXT': Buffer.alloc(0),
  'EFI/BOOT/BOOTAA64.EFI': Buffer.from(Array.from({ length: 5000 }, (_, index) => index & 0xff)),
  'EFI/LAST.BIN': Buffer.alloc(1024, 7),
};
const PARTITION_AT = 2048 * 512;

it('is a FAT file system without an error, and holds every file byte for byte', {
  skip: needs('fat'),
}, async (context) => {
  const { signal } = context;
  const folder = temporaryFolder(context);
  const image = buildFatImage({ files: FILES, signature: 0xcafe });
  const [whole, volume] = [join(folder, 'whole.img'), join(folder, 'volume.img')];
  writeFileSync(whole, image);
  writeFileSync(volume, image.subarray(PARTITION_AT));
  const { stdout } = await run(['fsck.fat', '-n', '-v', volume], { signal });
  assert.match(stdout, /6 files, \d+\/\d+ clusters/);
  for (const [path, content] of Object.entries(FILES)) {
    const copy = join(folder, 'copy');
    await run(['mcopy', '-n', '-o', '-i', `${whole}@@${PARTITION_AT}`, `::/${path}`, copy], { signal });
    assert.deepEqual(readFileSync(copy), content, path);
  }
});

it('is told from another by its signature alone, and equal files give equal bytes', () => {
  const one = buildFatImage({ files: FILES, signature: 1 });
  assert.ok(one.equals(buildFatImage({ files: FILES, signature: 1 })));
  assert.ok(!one.equals(buildFatImage({ files: FILES, signature: 2 })));
});

it('refuses a name that FAT cannot have without an extension of it, and what does not fit', () => {
  assert.throws(() => buildFatImage({ files: { 'lower.txt': Buffer.alloc(1) }, signature: 1 }), /not a name of FAT/);
  assert.throws(() => buildFatImage({ files: { 'BIG.BIN': Buffer.alloc(8 << 20) }, signature: 1 }), /do not fit/);
});
