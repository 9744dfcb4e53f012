// SPDX-License-Identifier: GPL-2.0-only
/** Whether a file comes whole over TFTP: its CRC-32 is that of what was served. */
import { crc32 } from 'node:zlib';
import { ADDRESS_STEPS, SERVER } from '../network-row.ts';
import { consoleEvidence, type FirmwareRow, lineLike } from '../row.ts';

const BYTES = 300_000;
/** A pattern that no block of TFTP repeats. */
const CONTENT = Uint8Array.from({ length: BYTES }, (_, index) => (index * 2_654_435_761) >>> 24);

export const tftp: FirmwareRow = {
  id: 'tftp',
  title: 'loads 300 kB over TFTP, byte for byte',
  group: 'network',
  timed: true,
  needs: ['dhcp', 'tftpboot'],
  lacking: 'no',
  media: [],
  served: { 'served.bin': CONTENT },
  steps: [
    ...ADDRESS_STEPS,
    { kind: 'command', name: 'tftp', line: `tftpboot \${loadaddr} ${SERVER}:served.bin`, deadlineMs: 30_000 },
    // biome-ignore lint/suspicious/noTemplateCurlyInString: variables of the firmware's own
    { kind: 'command', name: 'crc', line: 'crc32 ${loadaddr} ${filesize}' },
  ],
  judge(seen) {
    const [answer, sum] = [seen.answer('tftp'), seen.answer('crc')];
    const evidence = [...consoleEvidence(answer.lines, 4), ...consoleEvidence(sum.lines, 1)];
    if (lineLike(answer, /Bytes transferred = 300000 /) === null) {
      return { outcome: 'no', words: 'the file did not come', evidence };
    }
    const wanted = crc32(CONTENT).toString(16).padStart(8, '0');
    const same = lineLike(sum, new RegExp(`==> ${wanted}$`)) !== null;
    const rate = (BYTES / 1000 / answer.durationMs).toFixed(1);
    return same
      ? {
          outcome: 'yes',
          words: `whole, CRC-32 ${wanted}; ${Math.round(answer.durationMs)} ms, ${rate} MB/s`,
          evidence,
        }
      : { outcome: 'no', words: `its CRC-32 is not ${wanted}`, evidence };
  },
};
