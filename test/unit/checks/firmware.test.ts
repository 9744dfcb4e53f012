// SPDX-License-Identifier: GPL-2.0-only
/** The check of firmware without a machine: its rows are well formed, what the application says is read, a file that is no build is refused. */
import assert from 'node:assert/strict';
import { truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { bootComponent } from '../../../src/checks/firmware/boot-component.ts';
import { archHint, findBuild } from '../../../src/checks/firmware/builds.ts';
import { efiReports } from '../../../src/checks/firmware/efi-report.ts';
import { firmwareRows } from '../../../src/checks/firmware/rows/index.ts';
import { checks } from '../../../src/checks/index.ts';
import type { ConsoleLine } from '../../../src/guest/firmware/console-line.ts';
import { temporaryFolder } from '../../fixtures/temporary-folder.ts';

const lines = (text: string): ConsoleLine[] => text.split('\n').map((line, index) => ({ text: line, atMs: index }));

/** As U-Boot 2025.01 said it, shortened. */
const BOOTED = lines(`Scanning global bootmeth 'efi_mgr':
** Booting bootflow '<NULL>' with efi_mgr
Booting: usb 0
hoplab-efi: begin vendor=Das U-Boot
hoplab-efi: image medium=stick1 path=/VenHw(e6)/USB(0x1,0x0)/Ctrl(0x0)/HD(1,0x01,0,0x0,0x203d0)
hoplab-efi: entry number=a
hoplab-efi: disk blocks=20000 medium=none path=/VenHw(e6)/USB(0x1,0x0)/Ctrl(0x0)
hoplab-efi: partition blocks=203d0 medium=stick1 path=/VenHw(e6)/USB(0x1,0x0)/Ctrl(0x0)/HD(1,0x01,0,0x0,0x203d0)
Failed to persist EFI variables
hoplab-efi: variable volatile=0 persistent=8000000000000015
hoplab-efi: end
Boot failed (err=-14)
Found EFI removable media binary efi/boot/bootaa64.efi
hoplab-efi: begin vendor=Das U-Boot
hoplab-efi: image medium=stick2 path=none`);

describe('what the application says', () => {
  it('is read between the lines of the firmware, each start by itself', () => {
    const [first, second] = efiReports(BOOTED);
    assert.ok(first && second);
    assert.deepEqual([first.medium, first.entry?.number, first.whole], ['stick1', 10, true]);
    assert.deepEqual(
      first.blocks.map(({ kind, medium, path }) => [kind, medium, path.split('/').length]),
      [
        ['disk', 'none', 4],
        ['partition', 'stick1', 5],
      ],
    );
    assert.equal(first.variables?.persistent, 0x8000000000000015n);
    assert.deepEqual([second.medium, second.entry, second.whole, second.blocks.length], ['stick2', null, false, 0]);
  });

  it('has before it what tells which component started it', () => {
    assert.deepEqual(
      efiReports(BOOTED).map((report) => bootComponent(report).name),
      ['boot manager', 'distro script'],
    );
  });

  it('that is hostile is no more than text', () => {
    const [report] = efiReports(
      lines('hoplab-efi: begin\nhoplab-efi: entry number=zz\nhoplab-efi: disk\nhoplab-efi: what'),
    );
    assert.deepEqual([report?.entry?.number, report?.blocks.length], [-1, 1]);
  });
});

describe('the rows', () => {
  it('have an id, a title of one line and steps of names of their own', () => {
    assert.equal(new Set(firmwareRows.map(({ id }) => id)).size, firmwareRows.length);
    for (const { id, title, steps, media } of firmwareRows) {
      assert.match(id, /^[a-z][a-z-]+$/);
      assert.ok(title.length < 80, title);
      assert.equal(new Set(steps.map(({ name }) => name)).size, steps.length, id);
      assert.equal(new Set(media.map((medium) => medium.id)).size, media.length, id);
    }
  });

  it('stand together by their group, so that a table has each group once', () => {
    for (const { rows } of checks) {
      const groups = rows.flatMap(({ group }, index) => (rows[index - 1]?.group === group ? [] : [group]));
      assert.equal(new Set(groups).size, groups.length);
    }
  });
});

describe('a file that is no build', () => {
  const context = { signal: new AbortController().signal, say: () => undefined };
  const FLASH = 1 << 20;

  it('is refused before anything is started: missing, empty, too large, ELF', async (test) => {
    const folder = temporaryFolder(test);
    const file = (name: string, content: string): string => {
      writeFileSync(join(folder, name), content);
      return join(folder, name);
    };
    const large = file('large', '');
    truncateSync(large, FLASH + 1);
    const wrong: readonly (readonly [string, RegExp])[] = [
      [join(folder, 'none'), /there is no such file/],
      ['/dev/zero', /it is no regular file/],
      [file('empty', ''), /it is empty/],
      [large, /it has 1.0 MiB, and the flash of the machine holds 1 MiB/],
      [file('elf', '\x7fELF\x02'), /it is an ELF file/],
    ];
    for (const [path, message] of wrong) {
      await assert.rejects(findBuild(path, FLASH, context), { code: 'USAGE', message });
    }
  });

  it('of another architecture is told by its first instruction', async (test) => {
    const file = join(temporaryFolder(test), 'u-boot.bin');
    const hint = async (...bytes: readonly number[]): Promise<string> => {
      writeFileSync(file, Uint8Array.from(bytes));
      return archHint(file);
    };
    assert.equal(await hint(0x0a, 0, 0, 0x14), '');
    assert.match(await hint(0xb8, 0, 0, 0xea), /32-bit ARM/);
    assert.match(await hint(0xfa, 0x31, 0xc0, 0x8e), /no instruction with which an arm64 firmware begins/);
  });
});
