// SPDX-License-Identifier: GPL-2.0-only
/** Runs beside each other, and paths over many runs. */
import { resolve } from 'node:path';
import type { RunIndex } from '../../run-index/run-index.ts';
import { RUNS, shelfPath, stampOf } from '../../run-store/shelf.ts';
import { compareQuery, trendQuery } from '../compare-query.ts';
import type { Compute } from '../compute.ts';
import type { SiteFrame } from '../frame.ts';
import type { Kinds } from '../kinds.ts';
import { chooseBody, compareBody } from '../pages/compare-page.ts';
import { trendBody } from '../pages/trend-page.ts';
import { refusal } from '../refusal.ts';
import { jsonReply, type Reply } from '../reply.ts';
import type { FolderAnswers } from './folders.ts';

export interface ComparisonsOptions {
  readonly root: string;
  readonly index: Promise<RunIndex>;
  readonly kinds: Kinds;
  readonly frame: SiteFrame;
  readonly compute: Compute;
  readonly folders: FolderAnswers;
}

/** More to choose from do not fit into a list. */
const MOST_CHOICES = 200;

export class ComparisonAnswers {
  readonly #options: ComparisonsOptions;

  constructor(options: ComparisonsOptions) {
    this.#options = options;
  }

  async compare(query: URLSearchParams, api: boolean): Promise<Reply> {
    const { index, kinds, frame, compute, folders } = this.#options;
    const asked = compareQuery(query);
    const opened = await index;
    const [first] = asked.runs;
    if (asked.runs.length < 2) {
      if (api) throw refusal(400, 'Two runs are compared: ?run=ID&run=ID.');
      const chosen = first === undefined ? null : (await folders.find(RUNS, first)).run;
      const { runs } = opened.page({ kinds: kinds.plain }, { offset: 0, limit: MOST_CHOICES });
      return frame.show({ title: 'Compare', place: 'compare', body: chooseBody(chosen, runs) });
    }
    const found = await Promise.all(asked.runs.map((id) => folders.find(RUNS, id)));
    const task = { kind: 'compare', folders: found.map(({ path }) => path), allow: asked.allow } as const;
    const report = await compute.of(task, found.map(({ stamp }) => stamp).join());
    return api
      ? jsonReply(report)
      : frame.show({ title: 'Compare', place: 'compare', body: compareBody(report, asked) });
  }

  async trend(query: URLSearchParams, api: boolean): Promise<Reply> {
    const { index, kinds, frame, compute, root } = this.#options;
    const asked = trendQuery(query);
    const opened = await index;
    const { path, probe, label, statistic, relativeTo, last } = asked;
    const filter = {
      kinds: kinds.plain,
      ...(path === null ? {} : { path }),
      ...(probe === null ? {} : { probe }),
      ...(label === null ? {} : { label }),
    };
    // What is under way has no point yet.
    const runs = opened.page(filter, { offset: 0, limit: last }).runs.filter(({ state }) => state !== 'running');
    const folders = runs.map(({ id }) => resolve(shelfPath(root, RUNS, id)));
    const stamp = folders.map((folder) => stampOf(folder, RUNS)?.stamp).join();
    const report = await compute.of({ kind: 'trend', folders, asked: { path, probe, statistic, relativeTo } }, stamp);
    if (api) return jsonReply(report);
    return frame.show({
      title: 'Trend',
      place: 'trend',
      body: trendBody(report, asked, opened.names()),
      scripts: ['trend.js'],
      charts: true,
    });
  }
}
