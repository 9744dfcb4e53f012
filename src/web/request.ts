// SPDX-License-Identifier: GPL-2.0-only
/** A request as the pages see it: checked, decoded once, and of a bounded size. */
import type { IncomingMessage } from 'node:http';
import { refusal } from './refusal.ts';

export interface WebRequest {
  readonly method: 'GET' | 'HEAD' | 'POST';
  /** Decoded, no empty ones: "/runs/x/" is ["runs", "x"]. */
  readonly segments: readonly string[];
  readonly query: URLSearchParams;
  /** Path and query as they came, without a token. */
  readonly target: string;
  readonly raw: IncomingMessage;
}

const MOST_TARGET = 4096;
const MOST_BODY = 8192;

/** Throws a refusal of 400, 405 or 414. */
export function parseRequest(raw: IncomingMessage): WebRequest {
  const { method = '', url = '' } = raw;
  if (method !== 'GET' && method !== 'HEAD' && method !== 'POST')
    throw refusal(405, 'This server answers GET, HEAD and a few POST requests.', { allow: 'GET, HEAD, POST' });
  if (url.length > MOST_TARGET) throw refusal(414, 'That address is too long.');
  // A proxy's form ("GET http://...") and "*" are for other servers.
  if (!url.startsWith('/') || url.startsWith('//')) throw refusal(400, 'That is not an address of this server.');
  const [path = '', search = ''] = splitOnce(url, '?');
  const query = new URLSearchParams(search);
  return { method, segments: decodeSegments(path), query, target: withoutToken(path, query), raw };
}

function decodeSegments(path: string): string[] {
  const segments = path.split('/').filter((part) => part !== '');
  return segments.map((part) => {
    let text: string;
    try {
      text = decodeURIComponent(part);
    } catch {
      throw refusal(400, 'That address is not encoded as it should be.');
    }
    // Once decoded, a segment must still be one segment, and a name.
    if (text === '.' || text === '..' || /[/\\\p{Cc}]/u.test(text))
      throw refusal(400, 'That address has a part that is no name.');
    return text;
  });
}

function withoutToken(path: string, query: URLSearchParams): string {
  const rest = new URLSearchParams(query);
  rest.delete('token');
  return rest.size === 0 ? path : `${path}?${rest}`;
}

function splitOnce(text: string, sign: string): [string, string] {
  const at = text.indexOf(sign);
  return at === -1 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)];
}

/** The fields of a form that was sent. Throws a refusal of 413 or 415. */
export async function readForm({ raw }: WebRequest): Promise<URLSearchParams> {
  const type = (raw.headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase();
  if (type !== 'application/x-www-form-urlencoded') throw refusal(415, 'Only a form is taken here.');
  return new URLSearchParams((await readBody(raw)).toString('utf8'));
}

/** By hand: to leave a loop over the request early would close the connection before the refusal is sent. */
function readBody(raw: IncomingMessage): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let length = 0;
    raw.on('data', (chunk: Buffer) => {
      length += chunk.length;
      if (length <= MOST_BODY) {
        chunks.push(chunk);
        return;
      }
      raw.pause();
      reject(refusal(413, 'That form is larger than any of this server.'));
    });
    raw.once('end', () => resolve(Buffer.concat(chunks)));
    raw.once('error', reject);
    raw.once('close', () => reject(refusal(400, 'That form was not sent to its end.')));
  });
}
