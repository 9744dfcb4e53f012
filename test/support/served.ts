// SPDX-License-Identifier: GPL-2.0-only
/** A dashboard in this process over a folder of runs, and a client that may send what no browser would. */
import { request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import { connect } from 'node:net';
import { join } from 'node:path';
import type { DoctorView } from '../../src/web/pages/doctor-page.ts';
import { type ServeOptions, type Serving, serve } from '../../src/web/serve.ts';

interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

interface Ask {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

export interface Served {
  readonly port: number;
  readonly serving: Serving;
  /** What the server told its terminal. */
  readonly said: readonly string[];
  /** The path goes out as it is, dots and all. */
  ask(path: string, ask?: Ask): Promise<Answer>;
  /** Sends a form as a page of this server does. */
  send(
    path: string,
    fields: Readonly<Record<string, string>> | URLSearchParams,
    headers?: Ask['headers'],
  ): Promise<Answer>;
  /** Sends bytes and gives back all that came until the connection closed. */
  raw(text: string): Promise<string>;
}

export const DOCTOR: DoctorView = {
  ready: true,
  lacks: [],
  root: true,
  machine: 'a machine',
  backends: [
    { backend: 'host', summary: 'the floor', ready: true, missing: [] },
    { backend: 'tap', summary: 'a tap', ready: true, missing: [] },
    {
      backend: 'ovs',
      summary: 'a switch',
      ready: false,
      missing: [{ what: 'ovs-vswitchd', found: 'not found', hint: 'apt-get install' }],
    },
  ],
  parts: [{ what: 'qemu', there: true, found: '/usr/bin/qemu', hint: '' }],
  abilities: [{ name: 'SCHED_FIFO', state: 'open', found: 'not tried', hint: 'run as root' }],
};

export async function served(
  context: { after(end: () => Promise<void>): void },
  root: string,
  options: Partial<ServeOptions> = {},
): Promise<Served> {
  const said: string[] = [];
  const end = new AbortController();
  const serving = await serve({
    root,
    cacheFolder: join(root, '..', 'cache'),
    address: '127.0.0.1',
    port: 0,
    token: null,
    starter: null,
    reindex: false,
    doctor: () => Promise.resolve(DOCTOR),
    report: (line) => said.push(line),
    signal: end.signal,
    ...options,
  });
  context.after(async () => {
    end.abort();
    await serving[Symbol.asyncDispose]();
  });
  await (await serving.index).whole();
  const { port } = serving;
  const ask: Served['ask'] = (path, { method = 'GET', headers = {}, body } = {}) =>
    new Promise((resolve, reject) => {
      const sent = httpRequest(
        { host: '127.0.0.1', port, path, method, headers: { host: `127.0.0.1:${port}`, ...headers }, agent: false },
        (response) => {
          let text = '';
          response.setEncoding('utf8').on('data', (chunk: string) => {
            text += chunk;
          });
          response.on('end', () =>
            resolve({ status: response.statusCode ?? 0, headers: response.headers, body: text }),
          );
          response.on('error', reject);
        },
      );
      sent.on('error', reject);
      sent.end(body);
    });
  return {
    port,
    serving,
    said,
    ask,
    send: (path, fields, headers = {}) =>
      ask(path, {
        method: 'POST',
        body: String(new URLSearchParams(fields)),
        headers: {
          'content-type': 'application/x-www-form-urlencoded',
          origin: `http://127.0.0.1:${port}`,
          ...headers,
        },
      }),
    raw: (text) =>
      new Promise((resolve, reject) => {
        let got = '';
        const socket = connect(port, '127.0.0.1', () => socket.write(text));
        socket.setEncoding('latin1').on('data', (chunk: string) => {
          got += chunk;
        });
        socket.on('close', () => resolve(got));
        socket.on('error', reject);
      }),
  };
}
