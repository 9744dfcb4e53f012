// SPDX-License-Identifier: GPL-2.0-only
/** What this machine can do, asked once a minute at most. */
import type { SiteFrame } from '../frame.ts';
import { type DoctorView, doctorBody } from '../pages/doctor-page.ts';
import { jsonReply, type Reply } from '../reply.ts';

const KEPT_MS = 60_000;
/** It starts processes: not more often than somebody can read it. */
const LEAST_MS = 2000;

export interface DoctorOptions {
  readonly frame: SiteFrame;
  readonly doctor: (signal: AbortSignal) => Promise<DoctorView>;
  readonly signal: AbortSignal;
}

interface Asked {
  readonly at: Date;
  readonly view: Promise<DoctorView>;
}

export class DoctorAnswers {
  readonly #options: DoctorOptions;
  #last: Asked | null = null;

  constructor(options: DoctorOptions) {
    this.#options = options;
  }

  async show(again: boolean, api: boolean): Promise<Reply> {
    const { at, view } = this.#ask(again);
    const report = await view;
    return api
      ? jsonReply(report)
      : this.#options.frame.show({ title: 'Doctor', place: 'doctor', body: doctorBody(report, at) });
  }

  /** As it was found within the last minute. */
  view(): Promise<DoctorView> {
    return this.#ask(false).view;
  }

  #ask(again: boolean): Asked {
    const known = this.#last;
    const age = known === null ? Number.POSITIVE_INFINITY : Date.now() - known.at.getTime();
    if (known !== null && age < (again ? LEAST_MS : KEPT_MS)) return known;
    const fresh = { at: new Date(), view: this.#options.doctor(this.#options.signal) };
    this.#last = fresh;
    fresh.view.catch(() => {
      if (this.#last === fresh) this.#last = null;
    });
    return fresh;
  }
}
