// SPDX-License-Identifier: GPL-2.0-only
/** The HTTP server of the dashboard: limits, checks in their order, one handler a request, and an end without waiting. */

import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { errnoOf } from '../model/errno.ts';
import { HoplabError, reasonOf } from '../model/errors.ts';
import { checkHost, checkOrigin, type Gate } from './access.ts';
import { Refusal } from './refusal.ts';
import { type Reply, sendReply, setCommonHeaders } from './reply.ts';
import { parseRequest, type WebRequest } from './request.ts';

/** Connections at once; a browser opens six. */
const MOST_CONNECTIONS = 200;
const MOST_HEADER_BYTES = 16 << 10;

export interface ServerLimits {
  /** A client must have sent its request by then. */
  readonly requestMs: number;
  /** A connection on which nothing moves is closed; streams of events move every 15 s. */
  readonly idleMs: number;
  readonly connections: number;
}

const LIMITS: ServerLimits = { requestMs: 10_000, idleMs: 60_000, connections: MOST_CONNECTIONS };

export interface ServerOptions {
  readonly address: string;
  /** 0 = any free one. */
  readonly port: number;
  /** Given the port, because cookies are named after it; null = who reaches the address may ask. */
  readonly gate: (port: number) => Gate | null;
  /** The answer, or null where it has answered by itself (a stream). */
  readonly handle: (request: WebRequest, response: ServerResponse) => Promise<Reply | null>;
  /** The answer to a request that is refused or failed. */
  readonly explain: (request: WebRequest | null, problem: Refusal | HoplabError) => Promise<Reply>;
  /** The form that asks for the token; handles its sending as well. */
  readonly logIn: (request: WebRequest, gate: Gate) => Promise<Reply>;
  /** A fault of ours, for the terminal. */
  readonly report: (line: string) => void;
  readonly limits?: Partial<ServerLimits>;
}

export interface RunningServer extends AsyncDisposable {
  readonly port: number;
}

/** Throws PORT_TAKEN or ADDRESS_REFUSED. */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  let gate: Gate | null = null;
  const server = createServer(
    { maxHeaderSize: MOST_HEADER_BYTES, connectionsCheckingInterval: 1000 },
    (raw, response) => {
      void answer(raw, response, gate, options);
    },
  );
  const { requestMs, idleMs, connections } = { ...LIMITS, ...options.limits };
  server.maxConnections = connections;
  server.headersTimeout = requestMs;
  server.requestTimeout = requestMs;
  server.timeout = idleMs;
  server.on('clientError', (_error, socket) => {
    // Not HTTP, or too slow or too long: said in the shortest way.
    if (socket.writable) socket.end('HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
    else socket.destroy();
  });
  const port = await listen(server, options);
  gate = options.gate(port);
  return {
    port,
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        // Streams of events never end by themselves.
        server.closeAllConnections();
      }),
  };
}

async function listen(server: Server, { address, port }: ServerOptions): Promise<number> {
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen({ host: address, port, exclusive: true }, resolve);
    });
  } catch (error) {
    throw listenError(error, address, port);
  }
  const bound: AddressInfo | string | null = server.address();
  return typeof bound === 'object' && bound !== null ? bound.port : port;
}

function listenError(error: unknown, address: string, port: number): unknown {
  const code = errnoOf(error) ?? '';
  if (code === 'EADDRINUSE')
    return new HoplabError({
      code: 'PORT_TAKEN',
      message: `listen on ${address} port ${port}: another process has it`,
      hint: `hoplab serve --port 0 takes a free one; ss -ltnp 'sport = :${port}' says who has it`,
      cause: error,
    });
  const why: Readonly<Record<string, string>> = {
    EADDRNOTAVAIL: 'this machine has no such address',
    ENOTFOUND: 'no such name is known',
    EACCES: 'a port below 1024 is for root',
    EAI_AGAIN: 'no name server answers',
    EINVAL: 'that is no address to listen on',
  };
  if (why[code] === undefined) return error;
  return new HoplabError({
    code: 'ADDRESS_REFUSED',
    message: `listen on ${address} port ${port}: ${why[code]} (${code})`,
    hint: code === 'EACCES' ? 'hoplab serve --port 8642' : 'ip -brief address shows those of this machine',
    cause: error,
  });
}

async function answer(
  raw: IncomingMessage,
  response: ServerResponse,
  gate: Gate | null,
  options: ServerOptions,
): Promise<void> {
  // Whoever goes away in the middle is no fault.
  response.on('error', () => undefined);
  setCommonHeaders(response);
  let request: WebRequest | null = null;
  try {
    checkHost(raw);
    checkOrigin(raw);
    request = parseRequest(raw);
    const asked = request.segments[0] === 'assets' || gate === null || gate.isKnown(raw);
    const reply = asked ? await options.handle(request, response) : await options.logIn(request, gate);
    if (reply !== null) await sendReply(request, response, reply);
  } catch (error) {
    await refuse(raw, response, { request, error, options });
  }
}

interface Failure {
  readonly request: WebRequest | null;
  readonly error: unknown;
  readonly options: ServerOptions;
}

async function refuse(
  raw: IncomingMessage,
  response: ServerResponse,
  { request, error, options }: Failure,
): Promise<void> {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  let problem: Refusal | HoplabError;
  if (error instanceof Refusal || error instanceof HoplabError) problem = error;
  else {
    // The stack is for who runs the server, never for who asks.
    const stack = error instanceof Error && error.stack !== undefined ? error.stack : reasonOf(error);
    options.report(`a fault in ${raw.method} /${request?.segments.join('/') ?? ''}: ${stack}`);
    problem = new Refusal(500, 'A fault in hoplab itself. The terminal of hoplab serve has the details.', {});
  }
  if (problem instanceof Refusal) {
    const { allow, retryAfterSeconds } = problem.extra;
    if (allow !== undefined) response.setHeader('allow', allow);
    if (retryAfterSeconds !== undefined) response.setHeader('retry-after', retryAfterSeconds);
  }
  // A body that nobody reads must not hold the connection.
  if (!raw.complete) response.setHeader('connection', 'close');
  const reply = await options.explain(request, problem);
  const shown: WebRequest = request ?? { method: 'GET', segments: [], query: new URLSearchParams(), target: '/', raw };
  await sendReply(shown, response, reply);
}
