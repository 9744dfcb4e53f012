/** What answers which address. */
import type { ServerResponse } from 'node:http';
import { resolve } from 'node:path';
import { HoplabError } from '../model/errors.ts';
import { PAGE_SCRIPT } from '../render/html/page-script.ts';
import { STYLESHEET } from '../render/html/stylesheet.ts';
import type { Piece } from '../render/markup.ts';
import type { IndexedRun } from '../run-index/indexed-run.ts';
import { entryPath, stampOf } from '../run-index/read-indexed.ts';
import type { RunIndex } from '../run-index/run-index.ts';
import type { EntryFolder } from '../run-index/table.ts';
import { isRunId } from '../run-store/layout.ts';
import { toolVersion } from '../system/paths.ts';
import type { Gate } from './access.ts';
import { readAssets } from './asset-files.ts';
import { compareQuery, trendQuery } from './compare-query.ts';
import { Compute } from './compute.ts';
import { type Frame, type PageParts, page } from './layout.ts';
import { LiveRun } from './live-run.ts';
import { LiveStreams } from './live-streams.ts';
import { chooseBody, compareBody } from './pages/compare-page.ts';
import { type DoctorView, doctorBody } from './pages/doctor-page.ts';
import { listBody, listQuery, PAGE_SIZE } from './pages/list-page.ts';
import { livePage, runningNotice } from './pages/live-page.ts';
import { problemOf, problemParts, tokenPage } from './pages/problem-page.ts';
import { startBody } from './pages/start-page.ts';
import { brokenPage, subjectPage } from './pages/subject-page.ts';
import { trendBody } from './pages/trend-page.ts';
import { type Refusal, refusal } from './refusal.ts';
import { htmlReply, jsonReply, type Reply, redirect } from './reply.ts';
import { readForm, type WebRequest } from './request.ts';
import { EFFORTS, RunJobs } from './run-job.ts';

export interface SiteOptions {
  readonly root: string;
  readonly index: Promise<RunIndex>;
  readonly doctor: (signal: AbortSignal) => Promise<DoctorView>;
  /** null = pages only show. */
  readonly hoplab: readonly string[] | null;
  readonly signal: AbortSignal;
}

const DOCTOR_KEPT_MS = 60_000;

export class Site implements AsyncDisposable {
  readonly #options: SiteOptions;
  readonly #assets = readAssets([
    ['report.css', STYLESHEET],
    ['report.js', PAGE_SCRIPT],
  ]);
  readonly #compute = new Compute();
  readonly #streams = new LiveStreams();
  readonly #jobs: RunJobs | null;
  #doctor: { readonly at: Date; readonly view: Promise<DoctorView> } | null = null;

  constructor(options: SiteOptions) {
    this.#options = options;
    const { root, index, hoplab, signal } = options;
    this.#jobs = hoplab === null ? null : new RunJobs({ hoplab, root, index, signal });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#streams.close();
    await Promise.all([this.#compute[Symbol.asyncDispose](), this.#jobs?.[Symbol.asyncDispose]()]);
  }

  async handle(request: WebRequest, response: ServerResponse): Promise<Reply | null> {
    if (request.method === 'POST') return this.#act(request);
    const { segments, query } = request;
    if (segments[0] === 'assets' && segments.length === 3)
      return this.#asset(request, segments[1] ?? '', segments[2] ?? '');
    // Whoever comes with the token where none is asked for, or is known already.
    if (query.has('token')) return redirect(request.target);
    const api = segments[0] === 'api';
    const [place, id, part, ...rest] = api ? segments.slice(1) : segments;
    if (rest.length > 0) throw notFound();
    if (place === undefined) return api ? jsonReply(API) : this.#list(query);
    if (place === 'runs' && id === undefined) return api ? this.#listJson(query) : redirect('/');
    if ((place === 'runs' || place === 'diagnoses') && id !== undefined)
      return this.#entry({ folder: place === 'runs' ? 'run' : 'diagnosis', id, part, api, request, response });
    if (place === 'compare' && id === undefined) return this.#compareRuns(query, api);
    if (place === 'trend' && id === undefined) return this.#trend(query, api);
    if (place === 'doctor' && id === undefined) return this.#showDoctor(query.has('again'), api);
    if (place === 'index' && id === undefined && api) return jsonReply((await this.#options.index).state);
    if (place === 'start' && id === undefined && !api) return this.#start();
    throw notFound();
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
    return htmlReply(tokenPage(this.#assets.href, token !== null), 401);
  }

  explain(request: WebRequest | null, error: Refusal | HoplabError): Reply {
    const problem = problemOf(error);
    if (request?.segments[0] === 'api') {
      const { status, code, message, hint } = problem;
      return jsonReply({ error: { code, message, hint } }, status);
    }
    return htmlReply(page(this.#bareFrame([]), problemParts(problem)), problem.status);
  }

  #bareFrame(notices: readonly Piece[]): Frame {
    return {
      href: this.#assets.href,
      version: toolVersion,
      root: this.#options.root,
      mayRun: this.#jobs !== null,
      notices,
    };
  }

  async #show(parts: PageParts): Promise<Reply> {
    const index = await this.#options.index;
    const { pending } = index.state;
    return htmlReply(
      page(
        this.#bareFrame(
          [
            runningNotice(index.running(), parts.title),
            pending > 0 && `The index is being made: ${pending} folders are still to be read, the older ones last.`,
          ].filter((notice) => notice !== null && notice !== false),
        ),
        parts,
      ),
    );
  }

  async #list(query: URLSearchParams): Promise<Reply> {
    const asked = listQuery(query);
    const index = await this.#options.index;
    const found = index.page(asked.filter, { offset: (asked.page - 1) * PAGE_SIZE, limit: PAGE_SIZE });
    return this.#show({
      title: 'Runs',
      place: 'runs',
      body: listBody({ found, asked, names: index.names() }),
      scripts: ['pick.js'],
    });
  }

  async #listJson(query: URLSearchParams): Promise<Reply> {
    const asked = listQuery(query);
    const index = await this.#options.index;
    const { runs, total } = index.page(asked.filter, { offset: (asked.page - 1) * PAGE_SIZE, limit: PAGE_SIZE });
    return jsonReply({ total, page: asked.page, pageSize: PAGE_SIZE, runs });
  }

  async #entry(asked: AskedEntry): Promise<Reply | null> {
    const { folder, id, part, api, response, request } = asked;
    const { run, path, stamp } = await this.#find(folder, id);
    if (part === 'events' && api && folder === 'run') {
      if (request.method === 'HEAD') throw refusal(405, 'A stream has no head to ask for.', { allow: 'GET' });
      this.#streams.add(path, response);
      return null;
    }
    if (part === 'series' && api && folder === 'run')
      return jsonReply({ probes: await this.#compute.of({ kind: 'series', folder: path }, stamp) });
    if (part !== undefined) throw notFound();
    if (api) {
      const body = await this.#compute.of({ kind: 'json', folder: path, what: folder }, stamp);
      return { type: 'application/json; charset=utf-8', body };
    }
    if (run.state === 'running') {
      const job = (await this.#jobs?.state()) ?? null;
      return this.#show(livePage(run, await new LiveRun(path).read(), job?.running === true && job.run === id));
    }
    try {
      return await this.#show(
        subjectPage(run, await this.#compute.of({ kind: 'page', folder: path, what: folder }, stamp)),
      );
    } catch (error) {
      // The run is there; what is wrong with it is what there is to show.
      if (!(error instanceof HoplabError) || error.code === 'RUN_NOT_FOUND') throw error;
      return this.#show(brokenPage(run, error.message, error.hint ?? null));
    }
  }

  async #find(folder: EntryFolder, id: string): Promise<{ run: IndexedRun; path: string; stamp: string }> {
    const run = isRunId(id) ? (await this.#options.index).get(folder, id) : null;
    const path = run === null ? '' : resolve(entryPath(this.#options.root, folder, id));
    const stamp = run === null ? null : stampOf(path, folder);
    if (run === null || stamp === null)
      throw new HoplabError({
        code: 'RUN_NOT_FOUND',
        message: `find ${folder === 'run' ? 'a run' : 'a diagnosis'}: there is none with the id ${JSON.stringify(id.slice(0, 80))} in this folder`,
        hint: 'hoplab runs',
      });
    return { run, path, stamp: stamp.stamp };
  }

  async #compareRuns(query: URLSearchParams, api: boolean): Promise<Reply> {
    const asked = compareQuery(query);
    const index = await this.#options.index;
    const [first] = asked.runs;
    if (asked.runs.length < 2) {
      if (api) throw refusal(400, 'Two runs are compared: ?run=ID&run=ID.');
      const chosen = first === undefined ? null : (await this.#find('run', first)).run;
      const { runs } = index.page({ kind: 'run' }, { offset: 0, limit: 200 });
      return this.#show({ title: 'Compare', place: 'compare', body: chooseBody(chosen, runs) });
    }
    const found = await Promise.all(asked.runs.map((id) => this.#find('run', id)));
    const task = { kind: 'compare', folders: found.map(({ path }) => path), allow: asked.allow } as const;
    const report = await this.#compute.of(task, found.map(({ stamp }) => stamp).join());
    return api
      ? jsonReply(report)
      : this.#show({ title: 'Compare', place: 'compare', body: compareBody(report, asked) });
  }

  async #trend(query: URLSearchParams, api: boolean): Promise<Reply> {
    const asked = trendQuery(query);
    const index = await this.#options.index;
    const { path, probe, label, statistic, relativeTo, last } = asked;
    const filter = {
      kind: 'run' as const,
      ...(path === null ? {} : { path }),
      ...(probe === null ? {} : { probe }),
      ...(label === null ? {} : { label }),
    };
    // What is under way has no point yet.
    const runs = index.page(filter, { offset: 0, limit: last }).runs.filter(({ state }) => state !== 'running');
    const folders = runs.map(({ id }) => resolve(entryPath(this.#options.root, 'run', id)));
    const stamp = folders.map((folder) => stampOf(folder, 'run')?.stamp).join();
    const report = await this.#compute.of(
      { kind: 'trend', folders, asked: { path, probe, statistic, relativeTo } },
      stamp,
    );
    if (api) return jsonReply(report);
    return this.#show({
      title: 'Trend',
      place: 'trend',
      body: trendBody(report, asked, index.names()),
      scripts: ['trend.js'],
      charts: true,
    });
  }

  async #showDoctor(again: boolean, api: boolean): Promise<Reply> {
    const { at, view } = this.#askDoctor(again);
    const report = await view;
    return api ? jsonReply(report) : this.#show({ title: 'Doctor', place: 'doctor', body: doctorBody(report, at) });
  }

  #askDoctor(again: boolean): { readonly at: Date; readonly view: Promise<DoctorView> } {
    const known = this.#doctor;
    const age = known === null ? Number.POSITIVE_INFINITY : Date.now() - known.at.getTime();
    // It starts processes: not more often than somebody can read it.
    if (known !== null && age < (again ? 2000 : DOCTOR_KEPT_MS)) return known;
    const fresh = { at: new Date(), view: this.#options.doctor(this.#options.signal) };
    this.#doctor = fresh;
    fresh.view.catch(() => {
      if (this.#doctor === fresh) this.#doctor = null;
    });
    return fresh;
  }

  async #start(): Promise<Reply> {
    const jobs = this.#jobs;
    if (jobs === null)
      throw refusal(404, 'This server only shows. hoplab serve --allow-run also starts runs.', {
        hint: 'sudo hoplab serve --allow-run',
      });
    const doctor = await this.#askDoctor(false).view;
    return this.#show({
      title: 'Start a run',
      place: 'start',
      body: startBody({ doctor, job: await jobs.state(), refusal: jobs.refusal() }),
    });
  }

  async #act(request: WebRequest): Promise<Reply> {
    const where = request.segments.join('/');
    // A session that is known already sends the form of the token again: "back" in a browser.
    if (where === 'login') return redirect('/');
    if (where !== 'start' && where !== 'start/cancel')
      throw refusal(405, 'Nothing is sent there.', { allow: 'GET, HEAD' });
    const jobs = this.#jobs;
    if (jobs === null)
      throw refusal(403, 'This server only shows: it was started without --allow-run.', {
        hint: 'sudo hoplab serve --allow-run',
      });
    const form = await readForm(request);
    if (where === 'start/cancel') {
      jobs.cancel();
      return redirect('/start');
    }
    const effort = EFFORTS.find((known) => known === form.get('effort'));
    if (effort === undefined) throw refusal(400, 'Choose an effort.');
    const doctor = await this.#askDoctor(false).view;
    const paths = form.getAll('path');
    const ready = doctor.backends.filter((backend) => backend.ready).map(({ backend }) => backend);
    if (!paths.every((path) => ready.includes(path)))
      throw refusal(400, 'One of those paths cannot run on this machine.', { hint: 'hoplab doctor' });
    await jobs.start({ paths, effort, label: form.get('label')?.trim() || null });
    return redirect('/start');
  }

  #asset(request: WebRequest, version: string, name: string): Reply {
    const reply = this.#assets.reply(request, version, name);
    if (reply === null) throw notFound();
    return reply;
  }
}

interface AskedEntry {
  readonly folder: EntryFolder;
  readonly id: string;
  readonly part: string | undefined;
  readonly api: boolean;
  readonly request: WebRequest;
  readonly response: ServerResponse;
}

function notFound(): Refusal {
  return refusal(404, 'There is nothing at that address.');
}

/** What /api itself answers; docs/serve.md says more. */
const API = {
  '/api/runs': 'the list; filters: text, kind, state, path, probe, label, since, until, page',
  '/api/runs/ID': 'the report of a run or trace, as hoplab report --json prints it',
  '/api/runs/ID/series': 'its samples over time',
  '/api/runs/ID/events': 'a stream of events while it is under way',
  '/api/diagnoses/ID': 'a diagnosis, as hoplab diagnose --json prints it',
  '/api/compare?run=ID&run=ID': 'a comparison, as hoplab compare --json prints it; allow=KEY as often as needed',
  '/api/trend': 'as hoplab trend --json prints it; path, probe, label, statistic, relative, last',
  '/api/doctor': 'what this machine can do',
  '/api/index': 'the state of the index',
};
