// SPDX-License-Identifier: GPL-2.0-only
/** What this machine can do: what `hoplab doctor` finds, without booting a guest. */
import { type Markup, markup } from '../../render/markup.ts';

/** The parts of doctor's report that the page shows; who starts the server gives the way to make one. */
export interface DoctorView {
  readonly ready: boolean;
  /** What keeps it from that. */
  readonly lacks: readonly string[];
  readonly root: boolean;
  readonly machine: string;
  readonly backends: readonly {
    readonly backend: string;
    readonly summary: string;
    readonly ready: boolean;
    readonly missing: readonly { readonly what: string; readonly found: string; readonly hint: string }[];
  }[];
  readonly parts: readonly {
    readonly what: string;
    readonly there: boolean;
    readonly found: string;
    readonly hint: string;
  }[];
  readonly abilities: readonly {
    readonly name: string;
    readonly state: 'yes' | 'no' | 'open';
    readonly found: string;
    readonly hint: string;
  }[];
}

interface Line {
  readonly state: 'yes' | 'no' | 'open';
  readonly name: string;
  readonly found: string;
  readonly hint: string;
}

export function doctorBody(report: DoctorView, askedAt: Date): Markup {
  const backends = report.backends.map(({ backend, summary, ready, missing }): Line => {
    if (ready) return { state: 'yes', name: backend, found: summary, hint: '' };
    const reasons = missing.map(({ what, found }) => `${what} (${found})`).join(', ');
    return {
      state: 'no',
      name: backend,
      found: `needs ${reasons}`,
      hint: [...new Set(missing.map(({ hint }) => hint))].join('; '),
    };
  });
  const parts = report.parts.map(
    ({ what, there, found, hint }): Line => ({ state: there ? 'yes' : 'no', name: what, found, hint }),
  );
  return markup`<p class="lead">${report.machine}, as ${report.root ? 'root' : 'a user'}</p>
<p class="${report.ready ? 'well' : 'alert'}">${report.ready ? 'Ready: hoplab run measures host and every backend below that says yes.' : `Not ready: hoplab run needs ${report.lacks.join(', and ')}.`}</p>
${linesTable('Backends', backends)}${linesTable('Parts', parts)}${linesTable('Abilities', report.abilities)}
<p class="lead">Asked at ${askedAt.toISOString().slice(11, 19)} UTC, without booting a guest: <code>hoplab doctor</code> also says whether KVM works. <a href="/doctor?again=1">ask again</a></p>`;
}

const WORDS = { yes: 'yes', no: 'no', open: '?' } as const;

function linesTable(title: string, lines: readonly Line[]): Markup {
  return markup`<h2>${title}</h2><div class="wide" tabindex="0" role="group" aria-label="${title}"><table class="doctor"><thead><tr><th scope="col">there</th><th scope="col">what</th><th scope="col">found</th><th scope="col">next</th></tr></thead><tbody>${lines.map(
    ({ state, name, found, hint }) =>
      markup`<tr><td><span class="sign-${state}">${WORDS[state]}</span></td><th scope="row">${name}</th><td>${found}</td><td>${hint !== '' && markup`<code>${hint}</code>`}</td></tr>`,
  )}</tbody></table></div>`;
}
