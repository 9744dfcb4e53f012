// SPDX-License-Identifier: GPL-2.0-only
/** The one form that does something: starts `hoplab run`, where --allow-run was given. */
import { type Markup, markup } from '../../render/markup.ts';
import { EFFORTS, type JobState } from '../run-job.ts';
import type { DoctorView } from './doctor-page.ts';

export interface StartParts {
  readonly doctor: DoctorView;
  readonly job: JobState | null;
  /** Why none can be started now; null = one can. */
  readonly refusal: string | null;
}

const SAYS = {
  quick: 'the overview alone, under 30 s',
  default: 'overview and comparisons, about a minute',
  thorough: 'verdicts rather than indications, about 6 min',
} as const;

export function startBody({ doctor, job, refusal }: StartParts): Markup {
  const ready = doctor.backends.filter((backend) => backend.ready);
  const form =
    refusal !== null
      ? markup`<p class="alert" role="note">No run can be started: ${refusal}.</p>`
      : markup`<form method="post" action="/start" class="start"><fieldset><legend>paths</legend>${ready.map(
          ({ backend, summary }) =>
            markup`<label><input type="checkbox" name="path" value="${backend}" checked> ${backend} <span class="faint">${summary}</span></label>`,
        )}</fieldset><fieldset><legend>effort</legend>${EFFORTS.map(
          (effort) =>
            markup`<label><input type="radio" name="effort" value="${effort}"${effort === 'quick' && markup` checked`}> ${effort} <span class="faint">${SAYS[effort]}</span></label>`,
        )}</fieldset><label>label <input name="label" maxlength="40" pattern="[A-Za-z0-9][A-Za-z0-9._\\-]*"></label><p><button class="tool">start</button></p></form>`;
  return markup`${job !== null && jobPart(job)}${form}<p class="lead">It is <code>hoplab run</code> as a process of this server, one at a time. When the server ends, it ends.</p>`;
}

function jobPart({ argv, running, pid, run, ended, lastLines }: JobState): Markup {
  return markup`<section aria-labelledby="job-h"><h2 id="job-h">${running ? 'Under way' : 'The last one'}</h2><p><code>${argv.join(' ')}</code>, process ${pid}${ended !== null && `, ${ended}`}</p>
${run !== null && markup`<p><a href="/runs/${run}">${run}</a></p>`}
<pre class="wide" tabindex="0">${lastLines.join('\n')}</pre>${running && markup`<form method="post" action="/start/cancel"><button class="tool">cancel it</button></form>`}</section>`;
}
