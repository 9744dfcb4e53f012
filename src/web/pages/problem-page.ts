// SPDX-License-Identifier: GPL-2.0-only
/** The pages of a request that got no other: refused, not found, failed; and the one that asks for the token. */
import { HoplabError } from '../../model/errors.ts';
import { type Markup, markup } from '../../render/markup.ts';
import type { PageParts } from '../layout.ts';
import type { Refusal } from '../refusal.ts';

const TITLES: Readonly<Record<number, string>> = {
  400: 'That cannot be asked',
  403: 'Not allowed',
  404: 'There is no such page',
  405: 'Not that way',
  409: 'Not now',
  413: 'Too large',
  414: 'Too long',
  415: 'Not in that form',
  421: 'Another host',
  429: 'Too many tries',
  500: 'A fault',
  503: 'Too busy',
};

export interface Problem {
  readonly status: number;
  readonly code: string;
  readonly message: string;
  readonly hint: string | null;
}

/** What the user can do something about; a status that says whose fault it is. */
export function problemOf(error: Refusal | HoplabError): Problem {
  if (error instanceof HoplabError) {
    const status = error.code === 'RUN_NOT_FOUND' ? 404 : error.code === 'USAGE' ? 400 : 422;
    return { status, code: error.code, message: error.message, hint: error.hint ?? null };
  }
  const { status, message, extra } = error;
  return { status, code: extra.code ?? `HTTP_${status}`, message, hint: extra.hint ?? null };
}

export function problemParts({ status, message, hint, code }: Problem): PageParts {
  return {
    title: TITLES[status] ?? 'That cannot be shown',
    place: 'none',
    body: markup`<div class="alert" role="alert"><p>${message}</p>${hint !== null && markup`<p>next: <code>${hint}</code></p>`}</div><p class="faint">${code}</p><p><a href="/">all runs</a></p>`,
  };
}

/** Bare: whoever has not shown the token is told nothing of what is here. */
export function tokenPage(href: (asset: string) => string, wrong: boolean): Markup {
  return markup`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1"><title>token · hoplab</title>
<link rel="icon" href="${href('icon.svg')}" type="image/svg+xml"><link rel="stylesheet" href="${href('report.css')}"><link rel="stylesheet" href="${href('serve.css')}"></head>
<body><main id="main"><h1>hoplab</h1><p>This server asks for the token that <code>hoplab serve</code> printed on its terminal.</p>
${wrong && markup`<p class="alert" role="alert">That is not the token.</p>`}
<form method="post" action="/login" class="filters"><label>token <input type="password" name="token" autocomplete="off" required autofocus></label><span class="buttons"><button class="tool">enter</button></span></form></main></body></html>
`;
}
