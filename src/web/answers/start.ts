// SPDX-License-Identifier: GPL-2.0-only
/** The one form that does something: starts a run and cancels it, where --allow-run was given. */
import type { SiteFrame } from '../frame.ts';
import { startBody } from '../pages/start-page.ts';
import { refusal } from '../refusal.ts';
import { type Reply, redirect } from '../reply.ts';
import { readForm, type WebRequest } from '../request.ts';
import { EFFORTS, type RunJobs } from '../run-job.ts';
import type { DoctorAnswers } from './doctor.ts';

export interface StartOptions {
  readonly frame: SiteFrame;
  readonly doctor: DoctorAnswers;
  /** null = pages only show. */
  readonly jobs: RunJobs | null;
}

export class StartAnswers {
  readonly #options: StartOptions;

  constructor(options: StartOptions) {
    this.#options = options;
  }

  async show(): Promise<Reply> {
    const { jobs, doctor, frame } = this.#options;
    if (jobs === null)
      throw refusal(404, 'This server only shows. hoplab serve --allow-run also starts runs.', {
        hint: 'sudo hoplab serve --allow-run',
      });
    const view = await doctor.view();
    return frame.show({
      title: 'Start a run',
      place: 'start',
      body: startBody({ doctor: view, job: await jobs.state(), refusal: jobs.refusal() }),
    });
  }

  /** Whatever is sent to this server. */
  async act(request: WebRequest): Promise<Reply> {
    const { jobs } = this.#options;
    const where = request.segments.join('/');
    // A session that is known already sends the form of the token again: "back" in a browser.
    if (where === 'login') return redirect('/');
    if (where !== 'start' && where !== 'start/cancel')
      throw refusal(405, 'Nothing is sent there.', { allow: 'GET, HEAD' });
    if (jobs === null)
      throw refusal(403, 'This server only shows: it was started without --allow-run.', {
        hint: 'sudo hoplab serve --allow-run',
      });
    const form = await readForm(request);
    if (where === 'start/cancel') jobs.cancel();
    else await this.#start(jobs, form);
    return redirect('/start');
  }

  async #start(jobs: RunJobs, form: URLSearchParams): Promise<void> {
    const effort = EFFORTS.find((known) => known === form.get('effort'));
    if (effort === undefined) throw refusal(400, 'Choose an effort.');
    const { backends } = await this.#options.doctor.view();
    const paths = form.getAll('path');
    const ready = backends.filter((backend) => backend.ready).map(({ backend }) => backend);
    if (!paths.every((path) => ready.includes(path)))
      throw refusal(400, 'One of those paths cannot run on this machine.', { hint: 'hoplab doctor' });
    await jobs.start({ paths, effort, label: form.get('label')?.trim() || null });
  }
}
