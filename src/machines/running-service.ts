// SPDX-License-Identifier: GPL-2.0-only
/** A service of this machine's, as what runs on a machine of a lab. */
import { HoplabError } from '../model/errors.ts';
import { deadlineAfter } from '../system/deadline.ts';
import { OVERRUN_HINT, type Service } from '../system/service.ts';
import type { Ready, Running } from './machine.ts';

const READY_MS = 10_000;
const SAID_LINES = 3;

/** Options that make a service's start wait for its line "ready ...", and the line once it came. */
export function readyLine(ready: Ready | undefined) {
  let line = '';
  const options =
    ready?.kind === 'line'
      ? {
          readyTimeoutMs: READY_MS,
          ready: (said: string) => {
            if (said !== 'ready' && !said.startsWith('ready ')) return false;
            line = said;
            return true;
          },
        }
      : {};
  return { options, line: () => line };
}

/** `process` finds the process behind a launcher; without one the service is it. */
export function runningService(
  service: Service,
  ready: string,
  process: (service: Service) => Promise<number> = async ({ pid }) => pid,
): Running {
  return {
    ready,
    exited: service.exited,
    get overran() {
      return service.overran;
    },
    pid: () => process(service),
    async write(input) {
      service.stdin.write(input);
    },
    async end({ signal, timeoutMs }) {
      service.stdin.end();
      using deadline = deadlineAfter(timeoutMs, signal);
      const stop = () => void service.stop();
      if (deadline.signal.aborted) stop();
      deadline.signal.addEventListener('abort', stop, { once: true });
      const exit = await service.exited;
      signal.throwIfAborted();
      const said = service.lastLines(SAID_LINES).join(' | ');
      return { ...exit, output: service.output(), said, late: deadline.signal.aborted };
    },
    [Symbol.asyncDispose]: () => service[Symbol.asyncDispose](),
  };
}

/** The failure of a service that started and did not become ready. */
export function notReady({ name, running, overran, lastLines }: Service, came: string, hint: string): HoplabError {
  const said = lastLines(5).join(' | ') || '(none)';
  return new HoplabError({
    code: 'SERVICE_FAILED',
    message: `start ${name}: ${running ? came : 'it ended'}; last output: ${said}`,
    hint: overran === null ? hint : OVERRUN_HINT,
  });
}
