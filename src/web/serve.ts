// SPDX-License-Identifier: GPL-2.0-only
/** Starts the dashboard over a folder of runs: the index is opened while the server listens already. */
import type { Experiment } from '../experiments/experiment.ts';
import type { RunIndex } from '../run-index/run-index.ts';
import { Gate } from './access.ts';
import type { DoctorView } from './pages/doctor-page.ts';
import type { RunStarter } from './run-job.ts';
import { type ServerLimits, startServer } from './server.ts';

export interface ServeOptions {
  readonly root: string;
  readonly cacheFolder: string;
  readonly address: string;
  readonly port: number;
  /** null = whoever reaches the address may ask. */
  readonly token: string | null;
  /** null = pages only show. */
  readonly starter: RunStarter | null;
  readonly reindex: boolean;
  readonly doctor: (signal: AbortSignal) => Promise<DoctorView>;
  readonly report: (line: string) => void;
  readonly signal: AbortSignal;
  readonly limits?: Partial<ServerLimits>;
  /** Kinds of work that are shown, and the module of a computing thread that knows them; default: those of this hoplab. */
  readonly kinds?: { readonly experiments: readonly Experiment[]; readonly worker: URL };
}

export interface Serving extends AsyncDisposable {
  readonly port: number;
  readonly index: Promise<RunIndex>;
}

/** Throws PORT_TAKEN and ADDRESS_REFUSED. */
export async function serve(options: ServeOptions): Promise<Serving> {
  const { root, cacheFolder, address, token, reindex, report, signal, kinds } = options;
  const later = deferred();
  // Reports, and SQLite's WebAssembly, take a moment to load: the address is printed before.
  const index = later.then(async () => {
    const { RunIndex: Index } = await import('../run-index/run-index.ts');
    return new Index({ root, cacheFolder, anew: reindex, ...(kinds && { experiments: kinds.experiments }) });
  });
  const site = later.then(async () => {
    const { Site } = await import('./site.ts');
    return new Site({ root, index, doctor: options.doctor, starter: options.starter, signal, ...kinds });
  });
  for (const loading of [index, site]) loading.catch(() => undefined);
  const server = await startServer({
    address,
    port: options.port,
    gate: (port) => (token === null ? null : new Gate(token, port)),
    handle: async (request, response) => (await site).handle(request, response),
    explain: async (request, problem) => (await site).frame.explain(request, problem),
    logIn: async (request, gate) => (await site).frame.logIn(request, gate),
    report,
    ...(options.limits === undefined ? {} : { limits: options.limits }),
  });
  setTimeout(later.start, PRINT_FIRST_MS);
  return {
    port: server.port,
    index,
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]();
      await site.then((loaded) => loaded[Symbol.asyncDispose]());
      await index.then((opened) => opened.close()).catch(() => undefined);
    },
  };
}

/** Long enough for a terminal to show the address. */
const PRINT_FIRST_MS = 5;

/** A promise that is resolved from outside. */
function deferred(): Promise<void> & { readonly start: () => void } {
  const box: { start: () => void } = { start: () => undefined };
  const promise = new Promise<void>((resolve) => {
    box.start = resolve;
  });
  return Object.assign(promise, { start: () => box.start() });
}
