// SPDX-License-Identifier: GPL-2.0-only
/** What a request is refused with: a status, a sentence for people, and headers that belong to it. */

export interface RefusalExtra {
  readonly allow?: string;
  readonly retryAfterSeconds?: number;
  /** The next command or step. */
  readonly hint?: string;
  /** A word for programs. */
  readonly code?: string;
}

export class Refusal extends Error {
  readonly status: number;
  readonly extra: RefusalExtra;

  constructor(status: number, text: string, extra: RefusalExtra) {
    super(text);
    this.name = 'Refusal';
    this.status = status;
    this.extra = extra;
  }
}

export function refusal(status: number, text: string, extra: RefusalExtra = {}): Refusal {
  return new Refusal(status, text, extra);
}

export function notFound(): Refusal {
  return refusal(404, 'There is nothing at that address.');
}
