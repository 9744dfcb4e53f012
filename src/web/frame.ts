// SPDX-License-Identifier: GPL-2.0-only
/** The frame around every answer: pages with their notices, problems, and the form that asks for the token. */
import type { HoplabError } from '../model/errors.ts';
import { Markup, type Piece } from '../render/markup.ts';
import type { RunIndex } from '../run-index/run-index.ts';
import { toolVersion } from '../system/paths.ts';
import { asCalled } from '../words/program-name.ts';
import type { Gate } from './access.ts';
import type { AssetFiles } from './asset-files.ts';
import { type Frame, type PageParts, page } from './layout.ts';
import { runningNotice } from './pages/live-page.ts';
import { problemOf, problemParts, tokenPage } from './pages/problem-page.ts';
import type { Refusal } from './refusal.ts';
import { htmlReply, jsonReply, type Reply, redirect } from './reply.ts';
import { readForm, type WebRequest } from './request.ts';

export interface FrameOptions {
  readonly root: string;
  readonly index: Promise<RunIndex>;
  readonly assets: AssetFiles;
  readonly mayRun: boolean;
}

export class SiteFrame {
  readonly #options: FrameOptions;

  constructor(options: FrameOptions) {
    this.#options = options;
  }

  async show(parts: PageParts): Promise<Reply> {
    const index = await this.#options.index;
    const { pending } = index.state;
    const notices = [
      runningNotice(index.running(), parts.title),
      pending > 0 && `The index is being made: ${pending} folders are still to be read, the older ones last.`,
    ].filter((notice) => notice !== null && notice !== false);
    return htmlReply(asTyped(page(this.#around(notices), parts)));
  }

  explain(request: WebRequest | null, error: Refusal | HoplabError): Reply {
    const problem = problemOf(error);
    if (request?.segments[0] === 'api') {
      const { status, code, message, hint } = problem;
      return jsonReply({ error: { code, message, hint } }, status);
    }
    return htmlReply(asTyped(page(this.#around([]), problemParts(problem))), problem.status);
  }

  /** The form of the token, what it sends, and an address that holds it: answered with a session and a clean address. */
  async logIn(request: WebRequest, gate: Gate): Promise<Reply> {
    const { segments, query, raw, target, method } = request;
    const sent = method === 'POST' && segments[0] === 'login' && segments.length === 1;
    const token = sent ? (await readForm(request)).get('token') : query.get('token');
    if (token !== null && gate.accepts(token.trim(), raw))
      return redirect(sent ? '/' : target, { 'set-cookie': gate.open() });
    if (segments[0] === 'api')
      return jsonReply(
        { error: { code: 'TOKEN_WANTED', message: 'send the header "Authorization: Bearer TOKEN"', hint: null } },
        401,
      );
    return htmlReply(tokenPage(this.#options.assets.href, token !== null), 401);
  }

  #around(notices: readonly Piece[]): Frame {
    const { assets, root, mayRun } = this.#options;
    return { href: assets.href, version: toolVersion, root, mayRun, notices };
  }
}

/** Commands in a page are those that can be typed here: hints come from everywhere, and from a thread that does not know the name. */
function asTyped(whole: Markup): Markup {
  return Markup.ofOurOwn(asCalled(String(whole)));
}
