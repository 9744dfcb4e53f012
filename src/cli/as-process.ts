// SPDX-License-Identifier: GPL-2.0-only
/** What every process of the CLI has around its work: signals, output, errors for people or programs, an exit code. */
import { setMaxListeners } from 'node:events';
import module from 'node:module';
import { setImmediate as immediate } from 'node:timers/promises';
import { HoplabError, reasonOf } from '../model/errors.ts';
import { visibleReport, visibleText } from '../words/visible-text.ts';
import { type CliContext, EXIT, type ExitCode } from './command.ts';
import { messageText } from './error-text.ts';
import { messageWidth } from './output.ts';
import { showError } from './show-error.ts';
import { isFull } from './write-output.ts';

/** Never throws: what goes wrong is printed, and told by the code. */
export async function asProcess(
  argv: readonly string[],
  work: (context: CliContext) => Promise<void>,
): Promise<number> {
  enableCompileCache();
  const abort = new AbortController();
  // Every command, order and deadline under way listens to it: more than the ten that Node takes for a leak.
  setMaxListeners(0, abort.signal);
  const stopListening = abortOnSignals(abort);
  const unwritten: Error[] = [];
  for (const stream of [process.stdout, process.stderr])
    stream.on('error', (error: NodeJS.ErrnoException) => {
      // A reader that has seen enough (`| head`) is no fault; whatever it is, a lab must still be taken down.
      if (error.code !== 'EPIPE') unwritten.push(error);
    });
  let code: ExitCode = EXIT.ok;
  const context: CliContext = {
    argv,
    signal: abort.signal,
    // What goes to a file or a program is lossless.
    print: (text) => void process.stdout.write(process.stdout.isTTY ? visibleReport(text) : text),
    say: (line) => void process.stderr.write(`${visibleText(messageText(line, messageWidth(argv)))}\n`),
    finish: (finished) => {
      code = finished;
    },
  };
  try {
    await work(context);
    // What could not be written is told in the next turn.
    await immediate();
    const [error] = unwritten;
    if (error === undefined) return code;
    throw new HoplabError({
      code: isFull(error) ? 'DISK_FULL' : 'RUN_NOT_WRITABLE',
      message: `print what was asked for: ${reasonOf(error)}`,
      hint: 'free space where the output goes, or let it go elsewhere',
      cause: error,
    });
  } catch (error) {
    return showError(error, context);
  } finally {
    stopListening();
  }
}

/** The first signal asks for an orderly end; the second one does not wait for it: gc finishes the job. */
function abortOnSignals(abort: AbortController): () => void {
  const onSignal = (signal: NodeJS.Signals) => {
    if (abort.signal.aborted) process.exit(EXIT.interrupted);
    process.stderr.write(`\nhoplab: ${signal}: cleaning up; once more ends at once\n`);
    abort.abort(new HoplabError({ code: 'INTERRUPTED', message: `interrupted by ${signal}` }));
  };
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  for (const signal of signals) process.on(signal, onSignal);
  return () => {
    for (const signal of signals) process.off(signal, onSignal);
  };
}

/** From Node 22.1 on compiled code is kept between calls; the types of Node 20 do not know it. */
function enableCompileCache(): void {
  if ('enableCompileCache' in module && typeof module.enableCompileCache === 'function') module.enableCompileCache();
}
