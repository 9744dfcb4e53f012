// SPDX-License-Identifier: GPL-2.0-only
/** Answers: headers that every one of them has, compression where it pays, and bodies that a slow reader cannot pile up. */
import type { ServerResponse } from 'node:http';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { Markup } from '../render/markup.ts';
import { HARMFUL } from '../words/plain-text.ts';
import type { WebRequest } from './request.ts';

export interface Reply {
  readonly status?: number;
  readonly type: string;
  readonly body: string | Buffer;
  readonly headers?: Readonly<Record<string, string>>;
}

const compress = promisify(gzip);
/** Less is sent in one or two packets anyhow. */
const WORTH_COMPRESSING = 4096;

/** Nothing inline, nothing from elsewhere, in nobody's frame. */
const PAGE_POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'";

const ALWAYS: Readonly<Record<string, string>> = {
  'content-security-policy': PAGE_POLICY,
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), geolocation=(), microphone=(), payment=(), usb=()',
  'cache-control': 'no-store',
};

export function setCommonHeaders(response: ServerResponse): void {
  for (const [name, value] of Object.entries(ALWAYS)) response.setHeader(name, value);
}

export function htmlReply(page: Markup, status = 200): Reply {
  return { status, type: 'text/html; charset=utf-8', body: page.toString() };
}

/** 64-bit integers become text: JSON's numbers do not hold them. What a terminal would obey is escaped. */
export function jsonReply(value: unknown, status = 200): Reply {
  const text = JSON.stringify(value, (_, part: unknown) => (typeof part === 'bigint' ? String(part) : part), 1);
  const body = text.replace(HARMFUL, (signs) =>
    signs === '\n'
      ? signs
      : signs.replace(/[\s\S]/g, (sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`),
  );
  return { status, type: 'application/json; charset=utf-8', body: `${body}\n` };
}

export function redirect(to: string, headers: Readonly<Record<string, string>> = {}): Reply {
  return { status: 303, type: 'text/plain; charset=utf-8', body: '', headers: { ...headers, location: to } };
}

/** Compression costs more than it saves where both ends are on this machine. */
export async function sendReply(request: WebRequest, response: ServerResponse, reply: Reply): Promise<void> {
  const bytes = typeof reply.body === 'string' ? Buffer.from(reply.body) : reply.body;
  const local = request.raw.socket.remoteAddress === request.raw.socket.localAddress;
  const accepts = /\bgzip\b/.test(String(request.raw.headers['accept-encoding'] ?? ''));
  const packed =
    !local && accepts && bytes.length >= WORTH_COMPRESSING && /^(text|application\/json|image\/svg)/.test(reply.type);
  const body = packed ? await compress(bytes) : bytes;
  response.statusCode = reply.status ?? 200;
  response.setHeader('content-type', reply.type);
  for (const [name, value] of Object.entries(reply.headers ?? {})) response.setHeader(name, value);
  if (packed) response.setHeader('content-encoding', 'gzip');
  if (/^(text|application\/json)/.test(reply.type)) response.setHeader('vary', 'accept-encoding');
  response.setHeader('content-length', body.length);
  response.end(request.method === 'HEAD' ? undefined : body);
}
