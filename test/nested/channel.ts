// SPDX-License-Identifier: GPL-2.0-only
/** The commands of a nested host: asked for over one port, each with an id, so that none is taken for another. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';
import { setTimeout as delay } from 'node:timers/promises';
import { withDeadline } from '../../src/system/deadline.ts';
import type { NestedOutcome } from './host.ts';

const LOOK_MS = 300;

export interface ChannelRunOptions {
  readonly timeoutMs: number;
  readonly heard: ((text: string) => void) | undefined;
  readonly signal: AbortSignal;
}

export class CommandChannel {
  readonly #port: Duplex;
  readonly #folder: string;
  readonly #ended = new Map<string, (status: number) => void>();
  readonly #release: Promise<string>;
  #next = 1;

  /** `folder` is where the host reads lines from and writes what they say. */
  constructor(port: Duplex, folder: string) {
    this.#port = port;
    this.#folder = folder;
    let rest = '';
    this.#release = new Promise((resolve) => {
      port.on('data', (chunk: Buffer) => {
        const lines = (rest + chunk.toString('latin1')).split('\n');
        rest = lines.pop() ?? '';
        for (const line of lines) {
          const [verb, id = '', value = ''] = line.split(' ');
          if (verb === 'ready') resolve(value);
          if (verb === 'end') this.#ended.get(id)?.(Number(value));
        }
      });
    });
  }

  /** The release of its kernel once it takes commands. */
  ready(timeoutMs: number, signal: AbortSignal): Promise<string> {
    const expired = () => new Error(`the nested host was not up after ${timeoutMs / 1000} s`);
    return withDeadline(this.#release, { signal, timeoutMs, expired });
  }

  async run(line: string, { timeoutMs, heard, signal }: ChannelRunOptions): Promise<NestedOutcome> {
    const started = performance.now();
    const id = String(this.#next++);
    await writeFile(join(this.#folder, `${id}.sh`), `${line}\n`);
    const ended = new Promise<number>((resolve) => this.#ended.set(id, resolve));
    this.#port.write(`run ${id}\n`);
    const told = heard === undefined ? null : new Follower(id, this.#folder, heard);
    try {
      const expired = () => new Error(`\`${line}\` did not end within ${timeoutMs / 1000} s`);
      const status = await withDeadline(ended, { signal, timeoutMs, expired });
      await told?.end();
      const [stdout, stderr] = await Promise.all(['out', 'err'].map((name) => this.#said(id, name)));
      return { line, status, stdout: stdout ?? '', stderr: stderr ?? '', ms: performance.now() - started };
    } catch (error) {
      this.#port.write(`kill ${id}\n`);
      await told?.end();
      const said = `${await this.#said(id, 'err')}${await this.#said(id, 'out')}`.slice(-3000);
      throw new Error(`${error instanceof Error ? error.message : error}; it said: ${said}`, { cause: error });
    } finally {
      this.#ended.delete(id);
    }
  }

  #said(id: string, name: string): Promise<string> {
    return readFile(join(this.#folder, `${id}.${name}`), 'utf8').catch(() => '');
  }
}

/** Tells what a line says on, from the two files in turn. */
class Follower {
  readonly #stop = new AbortController();
  readonly #done: Promise<void>;

  constructor(id: string, folder: string, heard: (text: string) => void) {
    const files = ['out', 'err'].map((name) => ({
      path: join(folder, `${id}.${name}`),
      at: 0,
      decoder: new StringDecoder(),
    }));
    const look = async () => {
      for (const file of files) {
        const content = await readFile(file.path).catch(() => Buffer.alloc(0));
        const more = file.decoder.write(content.subarray(file.at));
        file.at = content.length;
        if (more !== '') heard(more);
      }
    };
    this.#done = this.#follow(look);
  }

  async end(): Promise<void> {
    this.#stop.abort();
    await this.#done;
  }

  async #follow(look: () => Promise<void>): Promise<void> {
    const { signal } = this.#stop;
    while (!signal.aborted) {
      await delay(LOOK_MS, undefined, { signal }).catch(() => undefined);
      await look();
    }
  }
}
