// SPDX-License-Identifier: GPL-2.0-only
/** The list of recorded folders, and the page, the JSON and the streams of each of them. */
import type { ServerResponse } from 'node:http';
import { resolve } from 'node:path';
import type { IndexedRun } from '../../experiments/indexed-run.ts';
import { HoplabError } from '../../model/errors.ts';
import type { RunIndex } from '../../run-index/run-index.ts';
import { isRunId } from '../../run-store/layout.ts';
import { RUNS, type Shelf, shelfPath, stampOf } from '../../run-store/shelf.ts';
import type { Compute } from '../compute.ts';
import { DOWNLOAD_FORMS, type DownloadForm } from '../compute-tasks.ts';
import type { SiteFrame } from '../frame.ts';
import type { Kinds } from '../kinds.ts';
import { LiveRun } from '../live-run.ts';
import type { LiveStreams } from '../live-streams.ts';
import { listBody, listQuery, PAGE_SIZE } from '../pages/list-page.ts';
import { livePage } from '../pages/live-page.ts';
import { brokenPage, subjectPage } from '../pages/subject-page.ts';
import { notFound, refusal } from '../refusal.ts';
import { jsonReply, type Reply } from '../reply.ts';
import type { WebRequest } from '../request.ts';
import type { RunJobs } from '../run-job.ts';

export interface FoldersOptions {
  readonly root: string;
  readonly index: Promise<RunIndex>;
  readonly kinds: Kinds;
  readonly frame: SiteFrame;
  readonly compute: Compute;
  readonly streams: LiveStreams;
  /** null = pages only show. */
  readonly jobs: RunJobs | null;
}

export interface AskedFolder {
  readonly shelf: Shelf;
  readonly id: string;
  readonly part: string | undefined;
  readonly api: boolean;
  readonly request: WebRequest;
  readonly response: ServerResponse;
}

export interface FoundFolder {
  readonly run: IndexedRun;
  readonly path: string;
  readonly stamp: string;
}

export class FolderAnswers {
  readonly #options: FoldersOptions;

  constructor(options: FoldersOptions) {
    this.#options = options;
  }

  async list(query: URLSearchParams, api: boolean): Promise<Reply> {
    const { kinds, frame, index } = this.#options;
    const asked = listQuery(query, kinds.names);
    const opened = await index;
    const found = opened.page(asked.filter, { offset: (asked.page - 1) * PAGE_SIZE, limit: PAGE_SIZE });
    if (api) return jsonReply({ total: found.total, page: asked.page, pageSize: PAGE_SIZE, runs: found.runs });
    return frame.show({
      title: 'Runs',
      place: 'runs',
      body: listBody({ found, asked, names: opened.names(), kinds }),
      scripts: ['pick.js'],
    });
  }

  /** null = it answers with a stream. */
  async one(asked: AskedFolder): Promise<Reply | null> {
    const { shelf, id, part, api, response, request } = asked;
    const { compute, frame, kinds, streams } = this.#options;
    const found = await this.find(shelf, id);
    const { run, path, stamp } = found;
    if (part === 'events' && api && shelf === RUNS) {
      if (request.method === 'HEAD') throw refusal(405, 'A stream has no head to ask for.', { allow: 'GET' });
      streams.add(path, response);
      return null;
    }
    const task = { folder: path, experiment: run.kind } as const;
    if (part === 'series' && api && shelf === RUNS)
      return jsonReply({ probes: await compute.of({ kind: 'series', ...task }, stamp) });
    const form = api ? DOWNLOAD_FORMS.find((known) => known === part) : undefined;
    if (form !== undefined) return download(run.id, form, await compute.of({ kind: form, ...task }, stamp));
    if (part !== undefined) throw notFound();
    if (api) {
      const body = await compute.of({ kind: 'json', ...task }, stamp);
      return { type: 'application/json; charset=utf-8', body };
    }
    if (run.state === 'running') return this.#live(found);
    try {
      return await frame.show(subjectPage(run, await compute.of({ kind: 'page', ...task }, stamp), kinds));
    } catch (error) {
      // The run is there; what is wrong with it is what there is to show.
      if (!(error instanceof HoplabError) || error.code === 'RUN_NOT_FOUND') throw error;
      return frame.show(brokenPage(run, error.message, error.hint ?? null));
    }
  }

  /** Throws RUN_NOT_FOUND. */
  async find(shelf: Shelf, id: string): Promise<FoundFolder> {
    const { index, root } = this.#options;
    const run = isRunId(id) ? (await index).get(shelf, id) : null;
    const path = run === null ? '' : resolve(shelfPath(root, shelf, id));
    const stamp = run === null ? null : stampOf(path, shelf);
    if (run !== null && stamp !== null) return { run, path, stamp: stamp.stamp };
    throw new HoplabError({
      code: 'RUN_NOT_FOUND',
      message: `find ${shelf.noun}: there is none with the id ${JSON.stringify(id.slice(0, 80))} in this folder`,
      hint: 'hoplab runs',
    });
  }

  async #live({ run, path }: FoundFolder): Promise<Reply> {
    const { jobs, frame } = this.#options;
    const job = (await jobs?.state()) ?? null;
    return frame.show(livePage(run, await new LiveRun(path).read(), job?.running === true && job.run === run.id));
  }
}

const DOWNLOAD_TYPES: Readonly<Record<DownloadForm, string>> = {
  html: 'text/html; charset=utf-8',
  csv: 'text/csv; charset=utf-8',
};

/** The browser keeps it as a file; an id has no sign that would end the name. */
function download(id: string, form: DownloadForm, body: string): Reply {
  const headers = { 'content-disposition': `attachment; filename="hoplab-${id}.${form}"` };
  return { type: DOWNLOAD_TYPES[form], body, headers };
}
