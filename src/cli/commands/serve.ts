// SPDX-License-Identifier: GPL-2.0-only
/** `hoplab serve`: the dashboard over a folder of runs. */

import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Command } from 'commander';
import { errnoOf } from '../../model/errno.ts';
import { reasonOf } from '../../model/errors.ts';
import { runFolderNames } from '../../run-store/runs-folder.ts';
import { RUNS_OPTION, runsRoot } from '../../run-store/runs-root.ts';
import type { RunStarter } from '../../web/run-job.ts';
import type { CliContext, CommandModule } from '../command.ts';
import { usageError, wholeNumber } from '../usage.ts';

interface ServeFlags {
  readonly runs?: string;
  readonly port?: number;
  readonly listen?: string;
  readonly tokenFile?: string;
  readonly allowRun?: boolean;
  readonly reindex?: boolean;
}

const PORT = 8642;

export const command: CommandModule = {
  examples: [
    { line: 'serve', says: `your runs, on http://127.0.0.1:${PORT}` },
    { line: 'serve --runs /srv/runs --port 0', says: 'those of another folder, on any free port' },
    { line: 'serve --listen 192.0.2.7', says: 'for other machines too: asks for the token that it prints' },
    { line: 'serve --allow-run', says: 'pages may start a run' },
  ],
  define(command: Command, context: CliContext) {
    command
      .option(...RUNS_OPTION)
      .option('--port <N>', `port to listen on, 0 = any free one; default ${PORT}`, wholeNumber('--port', 0, 65_535))
      .option('--listen <ADDR>', 'address to listen on; any but loopback asks for a token; default 127.0.0.1')
      .option('--token-file <FILE>', 'read the token from a file; else $HOPLAB_TOKEN, else a new one is made')
      .option('--allow-run', 'pages may start `hoplab run`, one at a time; asks for a token')
      .option('--reindex', 'make the index of the runs anew')
      .action(async () => serveRuns(command.opts<ServeFlags>(), context));
  },
};

async function serveRuns(flags: ServeFlags, context: CliContext): Promise<void> {
  const { isLoopback, newToken } = await import('../../web/access.ts');
  const { cacheDir } = await import('../../system/cache.ts');
  const { serve } = await import('../../web/serve.ts');
  const address = flags.listen ?? '127.0.0.1';
  const given = givenToken(flags.tokenFile);
  // Whoever is on this machine reaches loopback, and starting a lab is for root alone.
  const wanted = !isLoopback(address) || flags.allowRun === true || given !== null;
  const token = wanted ? (given ?? newToken()) : null;
  const root = resolve(flags.runs ?? runsRoot());
  runFolderNames(root);
  await using serving = await serve({
    root,
    cacheFolder: cacheDir(),
    address,
    port: flags.port ?? PORT,
    token,
    starter: flags.allowRun ? await runStarter() : null,
    reindex: flags.reindex ?? false,
    doctor: async (signal) => (await import('./doctor.ts')).examine({ boot: false, root, signal }),
    report: (line) => context.say(`hoplab serve: ${line}`),
    signal: context.signal,
  });
  const host = address.includes(':') ? `[${address}]` : address;
  const url = `http://${host}:${serving.port}/`;
  // Only a token that was made here is printed: the user has the other one.
  context.print(`${token !== null && given === null ? `${url}?token=${token}` : url}\n`);
  context.say(`serving ${root}; ctrl-C ends it`);
  if (!isLoopback(address))
    context.say('the connection is not encrypted: over a network that is not yours, use ssh -L instead');
  serving.index.then(
    ({ state }) => {
      if (state.rebuilt !== null) context.say(`the index is made anew: ${state.rebuilt}`);
      if (state.why !== null)
        context.say(`the index is ${state.file === null ? 'in memory' : `in ${state.file}`}: ${state.why}`);
    },
    (error: unknown) => context.say(`hoplab serve: the index cannot be opened: ${reasonOf(error)}`),
  );
  await new Promise<void>((ended) => {
    if (context.signal.aborted) ended();
    context.signal.addEventListener('abort', () => ended(), { once: true });
  });
}

/** A process of its own: what goes wrong in a lab must not end the server. */
async function runStarter(): Promise<RunStarter> {
  const { requestRun } = await import('../record/run-request.ts');
  const entry = fileURLToPath(new URL('../record/requested-run.js', import.meta.url));
  return { process: [process.execPath, entry], request: requestRun };
}

/** null = none was given. */
function givenToken(file: string | undefined): string | null {
  const text = file === undefined ? process.env.HOPLAB_TOKEN : readToken(file);
  if (text === undefined || text === '') return null;
  const token = text.trim();
  if (/^[\x21-\x7e]{16,200}$/.test(token)) return token;
  throw usageError(
    'a token has 16 to 200 characters without blanks',
    'openssl rand -hex 24 > token; hoplab serve --token-file token',
  );
}

function readToken(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw usageError(`--token-file ${file}: ${errnoOf(error) ?? 'cannot be read'}`);
  }
}
