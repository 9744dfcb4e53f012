// SPDX-License-Identifier: GPL-2.0-only
/** The check of firmware for real: a stock build under emulation, some of its rows, and firmware that is none. */
// @waits
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, it } from 'node:test';
import { type CheckVerdict, checkReportSchema } from '../../src/model/check.ts';
import { temporaryFolder } from '../fixtures/temporary-folder.ts';
import { errorOf, hoplab, killAllHoplabs, startHoplab } from '../support/hoplab.ts';
import { assertAllGone } from '../support/live-lab.ts';
import { needs } from '../support/needs.ts';

/** `b .`: it says nothing, for ever. */
const HANGS = words(0x14000000);
/** Says a banner on the serial port and resets the machine, by PSCI. */
const RESETS = Buffer.concat([
  // adr x1, text; movz x2, #0x900, lsl #16; ldrb w3, [x1], #1; cbz w3, reset; str w3, [x2]; b back
  words(0x10000141, 0xd2a12002, 0x38401423, 0x34000063, 0xb9000043, 0x17fffffd),
  // movz w0, #9; movk w0, #0x8400, lsl #16; hvc #0; b .
  words(0x52800120, 0x72b08000, 0xd4000002, 0x14000000),
  Buffer.from('U-Boot 2099.01\r\nDRAM:  512 MiB\r\n"Synchronous Abort" handler\r\n\0'),
]);

function words(...all: readonly number[]): Buffer {
  const bytes = Buffer.alloc(all.length * 4);
  for (const [index, word] of all.entries()) bytes.writeUInt32LE(word, index * 4);
  return bytes;
}

describe('hoplab check firmware', { timeout: 300_000, skip: needs('linux') }, () => {
  afterEach(killAllHoplabs);

  it('asks a stock build its rows, beside builds that hang and reset for ever, and leaves no process', async (context) => {
    const folder = temporaryFolder(context);
    const file = (name: string, content: Buffer): string => {
      writeFileSync(join(folder, name), content);
      return join(folder, name);
    };
    const builds = ['2023.01', file('hangs.bin', HANGS), file('resets.bin', RESETS)];
    const rows = 'prompt,removable-virtio,boot-order,reserved-range';
    const runs = join(folder, 'runs');
    const args = ['check', 'firmware', ...builds, '--rows', rows, '--runs', runs, '--json', '--force'];
    const running = startHoplab(args);
    const { code, stdout, stderr } = await running.done;
    assert.equal(code, 3, stderr);
    const { columns, verdicts, run } = checkReportSchema.parse(JSON.parse(stdout));
    assert.deepEqual(
      columns.map(({ id }) => id),
      ['2023.01', 'hangs.bin', 'resets.bin'],
    );
    const of = (column: string, row: string): CheckVerdict | undefined =>
      verdicts.find((one) => one.column === column && one.row === row);
    assert.equal(verdicts.length, 12);
    assert.match(of('2023.01', 'prompt')?.words ?? '', /^its prompt came \d+\.\d s after the start$/);
    const removable = of('2023.01', 'removable-virtio');
    assert.deepEqual([removable?.outcome, removable?.found], ['yes', 'distro script']);
    assert.ok(removable?.evidence.some(({ line }) => /^hoplab-efi: image medium=medium path=.*HD\(1,/.test(line)));
    assert.equal(of('2023.01', 'boot-order')?.words, 'this build has no command efidebug');
    assert.match(of('2023.01', 'reserved-range')?.words ?? '', /refused with "Reading file would overwrite reserved/);
    assert.deepEqual([of('hangs.bin', 'prompt')?.found, of('resets.bin', 'prompt')?.found], ['silent', 'resets']);
    assert.match(of('resets.bin', 'prompt')?.words ?? '', /^starts again and again after: "Synchronous Abort" handler/);
    assert.equal(of('resets.bin', 'reserved-range')?.outcome, 'could-not-look');
    await assertAllGone(running.mark);
    const report = await hoplab(['report', run.id, '--runs', runs, '--width', '60']);
    assert.match(report.stdout, /differs between|do not differ/);
  });

  it('that is interrupted ends its machine, and shows what it had asked', async (context) => {
    const runs = join(temporaryFolder(context), 'runs');
    const running = startHoplab(['check', 'firmware', '2023.01', '--rows', 'prompt,ping', '--runs', runs, '--force']);
    await running.until(/comes to its prompt \.\.\. \d/);
    running.kill('SIGINT');
    const { code, stdout } = await running.done;
    assert.equal(code, 130);
    assert.match(stdout, /U-Boot 2023\.01: 1 yes, 1 not asked/);
    await assertAllGone(running.mark);
  });

  it('has no space for the images of a row, says so, and asks the others', { skip: needs('root') }, async (context) => {
    const folder = temporaryFolder(context);
    const [small, runs] = [join(folder, 'small'), join(folder, 'runs')];
    const script = 'mkdir "$0" && mount -t tmpfs -o size=1m none "$0" && exec "$@"';
    const args = ['check', 'firmware', '2023.01', '--rows', 'prompt,reserved-range,ping', '--runs', runs, '--json'];
    const { stdout, code } = await startHoplab([...args, '--force'], {
      through: ['unshare', '-m', 'sh', '-c', script, small],
      env: { TMPDIR: small },
    }).done;
    assert.equal(code, 3);
    const { verdicts } = checkReportSchema.parse(JSON.parse(stdout));
    assert.deepEqual(
      verdicts.map(({ row, outcome }) => [row, outcome]),
      [
        ['prompt', 'yes'],
        ['ping', 'yes'],
        ['reserved-range', 'could-not-look'],
      ],
    );
    assert.match(verdicts[2]?.words ?? '', /^write the images of reserved-range to .*: no space is left$/);
  });

  it('refuses a check, a row and a build that there are not, with the nearest word', async () => {
    const refused = async (...args: readonly string[]): Promise<string> => {
      const outcome = await hoplab(['check', ...args]);
      assert.equal(outcome.code, 2);
      return errorOf(outcome).message;
    };
    assert.match(await refused('firmwear'), /no check "firmwear".*"firmware"/);
    assert.match(await refused('firmware', '--rows', 'usb-stick'), /has no row "usb-stick".*"usb-sticks"/);
    assert.match(await refused('firmware', '/none/u-boot.bin', '--force'), /there is no such file$/);
  });
});
