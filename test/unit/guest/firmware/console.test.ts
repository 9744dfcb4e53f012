// SPDX-License-Identifier: GPL-2.0-only
/** The console of a firmware: what was recorded of one is read as it was, and one that misbehaves is one fault each. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Duplex, duplexPair } from 'node:stream';
import { describe, it, type TestContext } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { FirmwareConsole } from '../../../../src/guest/firmware/console.ts';
import { FirmwareFault } from '../../../../src/guest/firmware/fault.ts';
import { TerminalText } from '../../../../src/guest/firmware/terminal-text.ts';
import { projectFolder } from '../../../fixtures/project-folder.ts';
import { temporaryFolder } from '../../../fixtures/temporary-folder.ts';

const BANNER = /^U-Boot \d{4}\.\d\d/;
const RECORDED = readFileSync(join(projectFolder(), 'test/fixtures/firmware-console.bin'));

function textOf(chunks: readonly Uint8Array[]): string[] {
  const lines: string[] = [];
  const text = new TerminalText((line) => lines.push(line));
  for (const chunk of chunks) text.push(chunk);
  return [...lines, text.rest];
}

describe('the text of a terminal', () => {
  it('is the same however the bytes are cut', () => {
    const whole = textOf([RECORDED]);
    assert.deepEqual(textOf(Array.from(RECORDED, (byte) => Uint8Array.of(byte))), whole);
    assert.ok(whole.includes('U-Boot 2025.01-3+deb13u1 (Jun 24 2026 - 09:07:15 +0000)'));
    assert.ok(whole.includes('Hit any key to stop autoboot:  0'));
    assert.ok(whole.includes('000000005e679d10'));
    assert.equal(whole.at(-1), '=> ');
    for (const line of whole) assert.match(line, /^[ -~]*$/);
  });

  it('has no time stamps, and a line of a menu where the cursor moves', () => {
    const bytes = Buffer.from('[    1.234567] one\r\n[12:34:56.789] two\r\n\x1b[2;1Hthree\x1b[3;1Hfour\x1b[1m!\r\n');
    assert.deepEqual(textOf([bytes]), ['one', 'two', 'three', 'four!', '']);
  });

  it('takes garbage of a megabyte in a time that is linear, and lines of a bounded length', () => {
    const garbage = Buffer.alloc(1 << 20, 'x\x1b[999');
    const lines = textOf([garbage]);
    assert.ok(lines.every(({ length }) => length <= 4096));
  });
});

interface Played {
  readonly console: FirmwareConsole;
  /** What the firmware writes and reads. */
  readonly wire: Duplex;
}

function played(context: TestContext, transcript: string | null = null): Played {
  const [ours, wire] = duplexPair();
  const over = new AbortController();
  const console = new FirmwareConsole(ours, { signal: over.signal, transcript, banner: BANNER });
  context.after(() => console.close());
  return { console, wire };
}

/** A firmware that echoes, and answers by a table. */
function answering(wire: Duplex, answers: Readonly<Record<string, string>>): void {
  let line = '';
  wire.on('data', (chunk: Buffer) => {
    for (const character of chunk.toString('latin1')) {
      if (character === '\x03') {
        line = '';
        wire.write('<INTERRUPT>\r\n=> ');
      } else if (character === '\r') {
        const said = line.startsWith('echo ') ? line.slice(5) : (answers[line] ?? 'Unknown command');
        wire.write(`\r\n${said === '' ? '' : `${said}\r\n`}=> `);
        line = '';
      } else {
        line += character;
        wire.write(character);
      }
    }
  });
}

const isFault = (kind: string, words: RegExp) => (error: unknown) =>
  error instanceof FirmwareFault && error.kind === kind && words.test(error.message);

describe('the console of a firmware', () => {
  it('comes to the prompt by a key that is repeated, and gives each command its own answer', async (context) => {
    const { console, wire } = played(context);
    answering(wire, { version: 'U-Boot\r\n=> is no prompt here', crc32: '==> 59c220e7', nothing: '' });
    wire.write('U-Boot 2025.01\r\nHit any key to stop autoboot:  2 ');
    await console.prompt({ key: '\x03', deadlineMs: 5000 });
    const texts = async (line: string): Promise<string[]> =>
      (await console.command(line, { deadlineMs: 2000 })).lines.map(({ text }) => text);
    assert.deepEqual(await texts('version'), ['U-Boot', '=> is no prompt here']);
    assert.deepEqual(await texts('crc32'), ['==> 59c220e7']);
    assert.deepEqual(await texts('nothing'), []);
    assert.deepEqual(await texts('else'), ['Unknown command']);
  });

  it('keeps a transcript with times, of what came and what was sent', async (context) => {
    const file = join(temporaryFolder(context), 'console.log');
    const { console, wire } = played(context, file);
    answering(wire, { version: 'U-Boot' });
    wire.write('U-Boot 2025.01\r\n');
    await console.prompt({ key: '\x03', deadlineMs: 5000 });
    await console.command('version', { deadlineMs: 2000 });
    await console.close();
    const text = readFileSync(file, 'utf8');
    assert.match(text, /^ +\d+\.\d{3} < U-Boot 2025\.01\n/);
    assert.match(text, /^ +\d+\.\d{3} > version\n +\d+\.\d{3} < => version\n +\d+\.\d{3} < U-Boot\n/m);
  });

  it('that stays silent says so after the deadline', async (context) => {
    const { console } = played(context);
    await assert.rejects(
      console.prompt({ key: '\x03', deadlineMs: 100 }),
      isFault('silent', /says nothing within 0.1 s/),
    );
  });

  it('that hangs is told with its last words', async (context) => {
    const { console, wire } = played(context);
    wire.write('U-Boot 2025.01\r\nDRAM:  ');
    await assert.rejects(
      console.prompt({ key: '\x03', deadlineMs: 200 }),
      isFault('hangs', /does not come to its prompt within 0.2 s; its last words: "DRAM:"/),
    );
  });

  it('that resets for ever ends the wait long before the deadline', async (context) => {
    const { console, wire } = played(context);
    const loop = setInterval(() => wire.write('U-Boot 2025.01\r\n"Synchronous Abort" handler\r\nresetting ...\r\n'), 5);
    context.after(() => clearInterval(loop));
    await assert.rejects(
      console.prompt({ key: '\x03', deadlineMs: 60_000 }),
      isFault('resets', /starts again and again after: "Synchronous Abort" handler/),
    );
  });

  it('that resets in the middle of a command ends it with the reason', async (context) => {
    const { console, wire } = played(context);
    answering(wire, {
      crash: '"Synchronous Abort" handler, esr 0x02000000\r\nresetting ...\r\nU-Boot 2025.01\r\nDRAM: ',
    });
    wire.write('U-Boot 2025.01\r\n');
    await console.prompt({ key: '\x03', deadlineMs: 5000 });
    await assert.rejects(
      console.command('crash', { deadlineMs: 60_000 }),
      isFault('resets', /^resets after: "Synchronous Abort" handler/),
    );
  });

  it('that prints garbage is told as such, at once where it never ends', async (context) => {
    const { console, wire } = played(context);
    const bytes = Buffer.from(Array.from({ length: 1 << 16 }, (_, index) => (index * 131) & 0xff));
    const flood = setInterval(() => wire.write(bytes), 2);
    context.after(() => clearInterval(flood));
    await assert.rejects(console.prompt({ key: '\x03', deadlineMs: 60_000 }), isFault('garbage', /^prints garbage/));
  });

  it('whose machine ends is told with the reason, and so is who asks later', async (context) => {
    const { console, wire } = played(context);
    wire.write('U-Boot 2025.01\r\n');
    const waiting = console.prompt({ key: '\x03', deadlineMs: 60_000 });
    await delay(20);
    console.end('its VMM ended with status 1');
    await assert.rejects(waiting, isFault('ended', /ended with status 1; its last words: "U-Boot 2025.01"/));
    await assert.rejects(async () => console.command('version', { deadlineMs: 60_000 }), isFault('ended', /status 1/));
  });
});
