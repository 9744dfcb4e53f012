// SPDX-License-Identifier: GPL-2.0-only
/** Who may ask: the Host and Origin of a request, the token, and the sessions that stand for it afterwards. */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';
import { hostname } from 'node:os';
import { refusal } from './refusal.ts';

/** As many bits as a key. */
const TOKEN_BYTES = 24;
const MOST_SESSIONS = 64;
const SESSION_MS = 12 * 3600_000;
/** Wrong tokens an address may send before it must wait, and all of them together. */
const TRIES = 5;
const TRIES_OF_ALL = 50;
const TRIES_WINDOW_MS = 60_000;

export function newToken(): string {
  return randomBytes(TOKEN_BYTES).toString('base64url');
}

/**
 * Against DNS rebinding: a foreign name that was made to lead here is in the Host header. Addresses cannot be rebound,
 * and a forwarded port may be any. Throws a refusal.
 */
export function checkHost({ headers }: Pick<IncomingMessage, 'headers'>): void {
  const name = (headers.host ?? '').toLowerCase().replace(/:\d{1,5}$/, '');
  const address = name.startsWith('[') && name.endsWith(']') ? name.slice(1, -1) : name;
  const own = hostname().toLowerCase();
  if (isIP(address) !== 0 || name === 'localhost' || name === own || name === `${own}.local`) return;
  throw refusal(421, 'This server is not the host that the request names.', {
    hint: 'use the address that hoplab serve printed, localhost, or the name of this machine',
  });
}

/** A page of another site may send nothing here, nor load anything of ours into itself. Throws a refusal. */
export function checkOrigin({ method, headers }: Pick<IncomingMessage, 'method' | 'headers'>): void {
  const site = headers['sec-fetch-site'];
  if (site === 'cross-site' && headers['sec-fetch-mode'] !== 'navigate')
    throw refusal(403, 'A page of another site may not ask this server.');
  if (method !== 'POST') return;
  const { origin, host } = headers;
  // Every browser sends it with a POST; "null" is that of a sandboxed page.
  if (origin !== undefined && origin === `http://${host}`) return;
  // Behind a proxy that ends TLS the scheme is another one.
  if (origin !== undefined && origin === `https://${host}`) return;
  throw refusal(403, 'That form was not sent by a page of this server.');
}

interface Tries {
  count: number;
  since: number;
}

/** The one token of a server, and who has shown it. */
export class Gate {
  readonly #token: Buffer;
  readonly #cookie: string;
  /** Hash of a session's id -> when it was used last. */
  readonly #sessions = new Map<string, number>();
  readonly #tries = new Map<string, Tries>();
  #all: Tries = { count: 0, since: 0 };

  constructor(token: string, port: number) {
    this.#token = digest(token);
    // Cookies do not know ports, and two servers may run.
    this.#cookie = `hoplab-${port}`;
  }

  /** By session, or by a token in the header of a program. Throws a refusal where too many were wrong. */
  isKnown(request: IncomingMessage): boolean {
    const id = cookieOf(request, this.#cookie);
    if (id !== null && this.#isSession(id)) return true;
    const bearer = /^Bearer ([\x21-\x7e]{1,200})$/.exec(request.headers.authorization ?? '');
    return bearer?.[1] !== undefined && this.accepts(bearer[1], request);
  }

  /** Compares in constant time. Throws a refusal where this address, or all together, sent too many wrong ones. */
  accepts(token: string, request: IncomingMessage): boolean {
    const address = request.socket.remoteAddress ?? '';
    const now = Date.now();
    const mine = this.#triesOf(address, now);
    if (now - this.#all.since > TRIES_WINDOW_MS) this.#all = { count: 0, since: now };
    if (mine.count >= TRIES || this.#all.count >= TRIES_OF_ALL)
      throw refusal(429, 'Too many wrong tokens: wait a minute.', { retryAfterSeconds: TRIES_WINDOW_MS / 1000 });
    if (timingSafeEqual(digest(token), this.#token)) return true;
    mine.count += 1;
    this.#all.count += 1;
    return false;
  }

  /** The Set-Cookie of a new session. */
  open(): string {
    const id = randomBytes(32).toString('base64url');
    if (this.#sessions.size >= MOST_SESSIONS) {
      const [oldest] = [...this.#sessions].sort(([, a], [, b]) => a - b);
      if (oldest !== undefined) this.#sessions.delete(oldest[0]);
    }
    this.#sessions.set(digest(id).toString('hex'), Date.now());
    return `${this.#cookie}=${id}; HttpOnly; SameSite=Strict; Path=/; Max-Age=${SESSION_MS / 1000}`;
  }

  #isSession(id: string): boolean {
    const key = digest(id).toString('hex');
    const used = this.#sessions.get(key);
    if (used === undefined) return false;
    if (Date.now() - used > SESSION_MS) {
      this.#sessions.delete(key);
      return false;
    }
    this.#sessions.set(key, Date.now());
    return true;
  }

  #triesOf(address: string, now: number): Tries {
    for (const [key, { since }] of this.#tries) if (now - since > TRIES_WINDOW_MS) this.#tries.delete(key);
    const known = this.#tries.get(address);
    if (known !== undefined) return known;
    const fresh = { count: 0, since: now };
    // Addresses of one window alone; the count of all bounds what many of them can try.
    if (this.#tries.size < 10_000) this.#tries.set(address, fresh);
    return fresh;
  }
}

/** Of one length, whatever came: a comparison then tells nothing, not even how long the token is. */
function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

function cookieOf({ headers }: IncomingMessage, name: string): string | null {
  for (const part of (headers.cookie ?? '').split(';')) {
    const [key, value] = part.trim().split('=');
    if (key === name && value !== undefined && value.length <= 100) return value;
  }
  return null;
}

/** Whether an address of ours can only be reached from this machine. */
export function isLoopback(address: string): boolean {
  return address === 'localhost' || address === '::1' || /^127(\.\d{1,3}){3}$/.test(address);
}
