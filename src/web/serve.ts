/** Starts the dashboard over a folder of runs: the index is opened while the server listens already. */
import type { RunIndex } from '../run-index/run-index.ts';
import { Gate } from './access.ts';
import type { DoctorView } from './pages/doctor-page.ts';
import { type ServerLimits, startServer } from './server.ts';
import { Site } from './site.ts';

export interface ServeOptions {
  readonly root: string;
  readonly cacheFolder: string;
  readonly address: string;
  readonly port: number;
  /** null = whoever reaches the address may ask. */
  readonly token: string | null;
  /** The words before "run", where pages may start runs. */
  readonly hoplab: readonly string[] | null;
  readonly reindex: boolean;
  readonly doctor: (signal: AbortSignal) => Promise<DoctorView>;
  readonly report: (line: string) => void;
  readonly signal: AbortSignal;
  readonly limits?: Partial<ServerLimits>;
}

export interface Serving extends AsyncDisposable {
  readonly port: number;
  readonly index: Promise<RunIndex>;
}

/** Throws PORT_TAKEN and ADDRESS_REFUSED. */
export async function serve(options: ServeOptions): Promise<Serving> {
  const { root, cacheFolder, address, token, reindex, report, signal } = options;
  const opening: { start: () => void } = { start: () => undefined };
  // SQLite's WebAssembly takes a moment to load: the address is printed before.
  const index = new Promise<void>((resolve) => {
    opening.start = resolve;
  }).then(async () => {
    const { RunIndex: Index } = await import('../run-index/run-index.ts');
    return new Index({ root, cacheFolder, anew: reindex });
  });
  index.catch(() => undefined);
  const site = new Site({ root, index, doctor: options.doctor, hoplab: options.hoplab, signal });
  const server = await startServer({
    address,
    port: options.port,
    gate: (port) => (token === null ? null : new Gate(token, port)),
    handle: (request, response) => site.handle(request, response),
    explain: (request, problem) => site.explain(request, problem),
    logIn: (request, gate) => site.logIn(request, gate),
    report,
    ...(options.limits === undefined ? {} : { limits: options.limits }),
  });
  setImmediate(opening.start);
  return {
    port: server.port,
    index,
    async [Symbol.asyncDispose]() {
      await Promise.all([server[Symbol.asyncDispose](), site[Symbol.asyncDispose]()]);
      await index.then((opened) => opened.close()).catch(() => undefined);
    },
  };
}
