// SPDX-License-Identifier: GPL-2.0-only
/** Streams of events (server-sent events, HTML standard section 9.2) that tell pages how runs under way stand. */
import { type FSWatcher, watch } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { join } from 'node:path';
import { RUN_FILES } from '../run-store/layout.ts';
import { LiveRun, type LiveState } from './live-run.ts';
import { refusal } from './refusal.ts';

const MOST_CLIENTS = 32;
/** What waits in a client's socket beyond it is a client that does not read. */
const MOST_WAITING_BYTES = 256 << 10;
/** A block's files come one after the other. */
const SETTLE_MS = 200;
/** So that a dead process, a dead client and a watch that misses (network file systems) are noticed. */
const LOOK_MS = 15_000;

interface Followed {
  readonly live: LiveRun;
  readonly clients: Set<ServerResponse>;
  readonly watchers: FSWatcher[];
  timer: NodeJS.Timeout | null;
  settling: NodeJS.Timeout | null;
  reading: boolean;
  /** The last that was sent, to send only what changed, and to greet a new client with. */
  last: string;
}

export class LiveStreams {
  readonly #followed = new Map<string, Followed>();

  get clients(): number {
    return [...this.#followed.values()].reduce((sum, { clients }) => sum + clients.size, 0);
  }

  /** Answers with a stream that ends with the run. Throws a refusal where there are too many. */
  add(folder: string, response: ServerResponse): void {
    if (this.clients >= MOST_CLIENTS)
      throw refusal(503, 'Too many pages follow runs already.', { retryAfterSeconds: 30 });
    response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8', 'x-accel-buffering': 'no' });
    response.write('retry: 5000\n\n');
    const followed = this.#follow(folder);
    followed.clients.add(response);
    response.once('close', () => this.#leave(folder, followed, response));
    if (followed.last !== '') response.write(followed.last);
    else void this.#tell(folder, followed);
  }

  close(): void {
    for (const [folder, followed] of this.#followed) {
      for (const client of followed.clients) client.destroy();
      this.#drop(folder, followed);
    }
  }

  #follow(folder: string): Followed {
    const known = this.#followed.get(folder);
    if (known !== undefined) return known;
    const followed: Followed = {
      live: new LiveRun(folder),
      clients: new Set(),
      watchers: [],
      timer: null,
      settling: null,
      reading: false,
      last: '',
    };
    this.#followed.set(folder, followed);
    for (const path of [folder, join(folder, RUN_FILES.blocks)]) {
      try {
        const watcher = watch(path, () => this.#settle(folder, followed));
        watcher.on('error', () => watcher.close());
        followed.watchers.push(watcher);
      } catch {
        // Not there yet, or no watches left: the timer below looks as well.
      }
    }
    followed.timer = setInterval(() => {
      for (const client of followed.clients) client.write(': still here\n\n');
      void this.#tell(folder, followed);
    }, LOOK_MS);
    return followed;
  }

  #settle(folder: string, followed: Followed): void {
    followed.settling ??= setTimeout(() => {
      followed.settling = null;
      void this.#tell(folder, followed);
    }, SETTLE_MS);
  }

  async #tell(folder: string, followed: Followed): Promise<void> {
    if (followed.reading) return;
    followed.reading = true;
    let state: LiveState;
    try {
      state = await followed.live.read();
    } catch {
      // The folder is gone, or is no run any more: the page that reloads says so.
      this.#end(folder, followed);
      return;
    } finally {
      followed.reading = false;
    }
    const text = `event: state\ndata: ${JSON.stringify(state)}\n\n`;
    if (text !== followed.last) {
      followed.last = text;
      for (const client of followed.clients) {
        if (client.writableLength > MOST_WAITING_BYTES) client.destroy();
        else client.write(text);
      }
    }
    if (state.state !== 'running') this.#end(folder, followed);
  }

  #end(folder: string, followed: Followed): void {
    for (const client of followed.clients) client.end('event: end\ndata: {}\n\n');
    this.#drop(folder, followed);
  }

  #leave(folder: string, followed: Followed, response: ServerResponse): void {
    followed.clients.delete(response);
    if (followed.clients.size === 0) this.#drop(folder, followed);
  }

  #drop(folder: string, { watchers, timer, settling }: Followed): void {
    this.#followed.delete(folder);
    for (const watcher of watchers) watcher.close();
    if (timer !== null) clearInterval(timer);
    if (settling !== null) clearTimeout(settling);
  }
}
