// SPDX-License-Identifier: GPL-2.0-only
/** Splits an mbox into its messages: the "From " lines of RFC 4155, with the quoting of mboxrd undone. */
import { createReadStream } from 'node:fs';

const NEWLINE = 10;
/** A message with an attachment that nobody reads: patches and replies are far smaller. */
const MOST_MESSAGE_BYTES = 4 << 20;

/** "From alice@example.org Tue Mar  8 10:00:00 2022": the time tells it from a sentence that begins with From. */
const FROM = /^From \S.* (?:\d{1,2}:\d\d(?::\d\d)?)\b.*\d{4}\s*$/;

/** Reads piece by piece: mailboxes of years are larger than memory. What is over the limit of a message is left out. */
export async function* readMbox(path: string): AsyncGenerator<Buffer> {
  let message: Buffer[] = [];
  let bytes = 0;
  let started = false;
  let afterEmpty = true;
  const whole = (): Buffer => Buffer.concat(message);
  for await (const line of linesOf(path)) {
    const text = line.length < 400 ? line.toString('latin1') : '';
    if (afterEmpty && FROM.test(text.trimEnd())) {
      if (started) yield whole();
      message = [];
      bytes = 0;
      started = true;
      afterEmpty = false;
      continue;
    }
    afterEmpty = /^\r?\n?$/.test(text) && line.length <= 2;
    if (!started) continue;
    bytes += line.length;
    if (bytes <= MOST_MESSAGE_BYTES) message.push(/^>+From /.test(text) ? line.subarray(1) : line);
  }
  if (started) yield whole();
}

/** Lines with their ends, of a file of any size. */
async function* linesOf(path: string): AsyncGenerator<Buffer> {
  let rest: Buffer = Buffer.alloc(0);
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 18 })) {
    const block: Buffer = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    let start = 0;
    for (let end = block.indexOf(NEWLINE); end !== -1; end = block.indexOf(NEWLINE, start)) {
      yield block.subarray(start, end + 1);
      start = end + 1;
    }
    rest = block.subarray(start);
    // A line without an end is no text.
    if (rest.length > MOST_MESSAGE_BYTES) rest = Buffer.alloc(0);
  }
  if (rest.length > 0) yield rest;
}
