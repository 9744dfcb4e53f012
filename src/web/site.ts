// SPDX-License-Identifier: GPL-2.0-only
/** What answers which address. */
import type { ServerResponse } from 'node:http';
import type { Experiment } from '../experiments/experiment.ts';
import { experiments as known } from '../experiments/index.ts';
import { PAGE_SCRIPT } from '../render/html/page-script.ts';
import { STYLESHEET } from '../render/html/stylesheet.ts';
import type { RunIndex } from '../run-index/run-index.ts';
import { ComparisonAnswers } from './answers/comparisons.ts';
import { DoctorAnswers } from './answers/doctor.ts';
import { FolderAnswers } from './answers/folders.ts';
import { StartAnswers } from './answers/start.ts';
import { readAssets } from './asset-files.ts';
import { Compute } from './compute.ts';
import { SiteFrame } from './frame.ts';
import { kindsOf } from './kinds.ts';
import { LiveStreams } from './live-streams.ts';
import type { DoctorView } from './pages/doctor-page.ts';
import { notFound } from './refusal.ts';
import { jsonReply, type Reply, redirect } from './reply.ts';
import type { WebRequest } from './request.ts';
import { RunJobs, type RunStarter } from './run-job.ts';

export interface SiteOptions {
  readonly root: string;
  readonly index: Promise<RunIndex>;
  readonly doctor: (signal: AbortSignal) => Promise<DoctorView>;
  /** null = pages only show. */
  readonly starter: RunStarter | null;
  /** Kinds of work that are shown; default: all. */
  readonly experiments?: readonly Experiment[];
  /** The module of the computing thread, where it knows other kinds than those of this hoplab. */
  readonly worker?: URL;
  readonly signal: AbortSignal;
}

export class Site implements AsyncDisposable {
  readonly frame: SiteFrame;
  readonly #index: Promise<RunIndex>;
  readonly #assets = readAssets([
    ['report.css', STYLESHEET],
    ['report.js', PAGE_SCRIPT],
  ]);
  readonly #kinds: ReturnType<typeof kindsOf>;
  readonly #compute: Compute;
  readonly #streams = new LiveStreams();
  readonly #jobs: RunJobs | null;
  readonly #folders: FolderAnswers;
  readonly #comparisons: ComparisonAnswers;
  readonly #doctor: DoctorAnswers;
  readonly #start: StartAnswers;

  constructor({ root, index, starter, signal, doctor, experiments = known, worker }: SiteOptions) {
    const jobs = starter === null ? null : new RunJobs({ starter, root, index, signal });
    const frame = new SiteFrame({ root, index, assets: this.#assets, mayRun: jobs !== null });
    const kinds = kindsOf(experiments);
    const compute = new Compute(worker);
    this.frame = frame;
    this.#index = index;
    this.#kinds = kinds;
    this.#compute = compute;
    this.#jobs = jobs;
    this.#folders = new FolderAnswers({ root, index, kinds, frame, compute, streams: this.#streams, jobs });
    this.#comparisons = new ComparisonAnswers({ root, index, kinds, frame, compute, folders: this.#folders });
    this.#doctor = new DoctorAnswers({ frame, doctor, signal });
    this.#start = new StartAnswers({ frame, doctor: this.#doctor, jobs });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#streams.close();
    await Promise.all([this.#compute[Symbol.asyncDispose](), this.#jobs?.[Symbol.asyncDispose]()]);
  }

  /** null = it has answered by itself, with a stream. */
  async handle(request: WebRequest, response: ServerResponse): Promise<Reply | null> {
    if (request.method === 'POST') return this.#start.act(request);
    const { segments, query } = request;
    if (segments[0] === 'assets' && segments.length === 3)
      return this.#asset(request, segments[1] ?? '', segments[2] ?? '');
    // Whoever comes with the token where none is asked for, or is known already.
    if (query.has('token')) return redirect(request.target);
    const api = segments[0] === 'api';
    const [place, id, part, ...rest] = api ? segments.slice(1) : segments;
    if (rest.length > 0) throw notFound();
    if (place === undefined) return api ? jsonReply(API) : this.#folders.list(query, false);
    const shelf = this.#kinds.shelves.find(({ name }) => name === place);
    if (shelf !== undefined && id !== undefined) return this.#folders.one({ shelf, id, part, api, request, response });
    if (id !== undefined) throw notFound();
    return this.#place(place, query, api);
  }

  async #place(place: string, query: URLSearchParams, api: boolean): Promise<Reply> {
    switch (place) {
      case 'runs':
        return api ? this.#folders.list(query, true) : redirect('/');
      case 'compare':
        return this.#comparisons.compare(query, api);
      case 'trend':
        return this.#comparisons.trend(query, api);
      case 'doctor':
        return this.#doctor.show(query.has('again'), api);
      case 'index':
        if (api) return jsonReply((await this.#index).state);
        break;
      case 'start':
        if (!api) return this.#start.show();
        break;
    }
    throw notFound();
  }

  #asset(request: WebRequest, version: string, name: string): Reply {
    const reply = this.#assets.reply(request, version, name);
    if (reply === null) throw notFound();
    return reply;
  }
}

/** What /api itself answers; docs/serve.md says more. */
const API = {
  '/api/runs': 'the list; filters: text, kind, state, path, probe, label, since, until, page',
  '/api/runs/ID': 'the report of a run or trace, as hoplab report --json prints it',
  '/api/runs/ID/html': 'the report as a file, as hoplab report --html writes it; also of a diagnosis',
  '/api/runs/ID/csv': 'its figures, as hoplab report --format csv writes them; also of a diagnosis',
  '/api/runs/ID/series': 'its samples over time',
  '/api/runs/ID/events': 'a stream of events while it is under way',
  '/api/diagnoses/ID': 'a diagnosis, as hoplab diagnose --json prints it',
  '/api/compare?run=ID&run=ID': 'a comparison, as hoplab compare --json prints it; allow=KEY as often as needed',
  '/api/trend': 'as hoplab trend --json prints it; path, probe, label, statistic, relative, last',
  '/api/doctor': 'what this machine can do',
  '/api/index': 'the state of the index',
};
