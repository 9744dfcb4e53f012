// SPDX-License-Identifier: GPL-2.0-only
/** What a computing thread does: a task in, its result or its error out, one after the other. */

import { parentPort } from 'node:worker_threads';
import type { Experiment } from '../experiments/experiment.ts';
import { done, notDone } from '../model/attempt.ts';
import { HoplabError, reasonOf } from '../model/errors.ts';
import type { ComputeAnswer } from './compute.ts';
import { type ComputeTask, perform } from './compute-tasks.ts';

/** Of folders of these kinds. */
export function answerTasks(experiments: readonly Experiment[]): void {
  parentPort?.on('message', (task: ComputeTask) => {
    void perform(task, experiments).then(
      (result) => send(done(result)),
      (error: unknown) => {
        const known = error instanceof HoplabError;
        // Of a fault the stack goes to the terminal of the server, through its error.
        const message = !known && error instanceof Error && error.stack !== undefined ? error.stack : reasonOf(error);
        send(notDone({ code: known ? error.code : null, message, hint: known ? (error.hint ?? null) : null }));
      },
    );
  });
}

function send(answer: ComputeAnswer): void {
  parentPort?.postMessage(answer);
}
