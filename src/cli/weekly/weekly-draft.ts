// SPDX-License-Identifier: GPL-2.0-only
/** Makes the draft of a week: gathers what runs, git, mailboxes and calendars know, and keeps what its writer changed. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Command } from 'commander';
import { done, notDone } from '../../model/attempt.ts';
import { HoplabError, reasonOf } from '../../model/errors.ts';
import { runsRoot } from '../../run-store/runs-root.ts';
import { run } from '../../system/exec.ts';
import { findTool } from '../../system/find-tool.ts';
import { readCalendars } from '../../weekly/calendar.ts';
import { type Draft, makeDraft } from '../../weekly/draft.ts';
import { addressesIn } from '../../weekly/eml.ts';
import { readFacts } from '../../weekly/facts.ts';
import type { Git } from '../../weekly/git-status.ts';
import { fieldOf } from '../../weekly/mail-head.ts';
import { oneLine } from '../../weekly/mail-line.ts';
import { nodesOf } from '../../weekly/mail-tree.ts';
import { mergeArgs, settleConflicts } from '../../weekly/merge-drafts.ts';
import { parseMail } from '../../weekly/parse-mail.ts';
import { patchFacts } from '../../weekly/patch-facts.ts';
import { noReports, readText, reportsBefore, reportsFolder, writeText } from '../../weekly/reports.ts';
import { cardOfRun, namedCards } from '../../weekly/run-cards.ts';
import { readSettings } from '../../weekly/settings.ts';
import { type AskedWeek, addDays, dayOf, spanOf, sundayOf, weekdayOf, weekOf } from '../../weekly/week.ts';
import type { CliContext } from '../command.ts';

/** A walk through a year of a large clone. */
const GIT_TIMEOUT_MS = 300_000;
/** A clone's own configuration must not run anything, and reading must not lock it. */
const GIT = ['git', '--no-pager', '--no-optional-locks', '-c', 'log.showSignature=false', '-c', 'core.fsmonitor=false'];
/** Mails that are read for what their writer says where nothing is new. */
const MOST_EARLIER = 12;

export interface WeekQuery extends AskedWeek {
  readonly reports?: string;
  readonly runs?: string;
  readonly force?: boolean;
}

/** What a draft is made of, and where it is kept. */
export type Desk = ReturnType<typeof openDesk>;

/** Throws REPORTS_NOT_FOUND, REPORTS_INVALID and USAGE. */
export function openDesk(query: WeekQuery, context: CliContext) {
  const folder = reportsFolder(query.reports);
  const settings = readSettings(folder);
  const asked = spanOf(query, dayOf(new Date(), settings.timeZone));
  const week = weekOf(asked.to);
  const [last, ...earlier] = reportsBefore(folder, week);
  if (last === undefined) throw noReports(folder);
  if (last.isDraft) context.say(`note: ${last.file} was never sent with hoplab; it is taken for what was sent`);
  const day = parseMail(last.text, last.sunday).day ?? last.sunday;
  // The same day of the week as last time, unless --ending says another.
  const to = query.ending === undefined ? addDays(asked.from, weekdayOf(day)) : asked.to;
  const older = earlier.slice(0, MOST_EARLIER).map(({ text }) => text);
  return { folder, settings, week, span: { from: asked.from, to }, last: { ...last, day }, earlier: older };
}

/** The draft as hoplab makes it now, without what its writer changed. Messages about sources go to stderr. */
export async function freshDraft(desk: Desk, query: WeekQuery, context: CliContext): Promise<Draft> {
  const { settings, span, last, earlier } = desk;
  const { timeZone } = settings;
  const mail = parseMail(last.text, last.day);
  const cards = namedCards(mail, settings);
  const facts = await readFacts({
    root: query.runs ?? settings.runs ?? runsRoot(),
    timeZone,
    // What was measured after the last mail was written is news too.
    from: last.day < span.from && last.day >= addDays(span.from, -7) ? addDays(last.day, 1) : span.from,
    to: sundayOf(span.to),
    isWanted: (name) => cardOfRun([name], cards) !== null,
  });
  const fields = nodesOf(mail.nodes, 'head').flatMap((head) => head.fields);
  const own = (settings.from.length > 0 ? settings.from : [fieldOf(fields, 'from')]).flatMap(addressesIn);
  const names = nodesOf(mail.nodes, 'patch').map(({ name }) => name);
  const git = await gitIn(context.signal);
  const patches = await patchFacts({ ...settings, own, names, span, git });
  const window = { from: span.from, to: addDays(span.to, settings.ahead * 7) };
  const calendar = readCalendars(settings.calendars, timeZone, window);
  const strangers = facts.strangers.map((run) => `no card has the run ${run}; weekly.yaml can name it: cards, runs`);
  for (const notice of [...facts.problems, ...patches.problems, ...calendar.problems, ...strangers])
    context.say(`note: ${notice}`);
  const known = { facts, patches: patches.facts, events: calendar.events };
  return makeDraft({ last, earlier, span, settings, known });
}

/** The draft with what its writer changed since; kept, unless it is only to be looked at. Throws REPORT_REFUSED. */
export async function currentDraft(
  { folder, week, last }: Desk,
  fresh: Draft,
  { context, dryRun = false, force = false }: Keeping,
): Promise<string> {
  const mine = readText(folder, week, 'draft');
  const made = readText(folder, week, 'made');
  if (mine === null && !dryRun && !force && readText(folder, week, 'sent') !== null)
    throw new HoplabError({
      code: 'REPORT_REFUSED',
      message: `make the draft of ${week}: its report was sent already, and another would begin with ${last.file} again`,
      hint: `hoplab weekly --week ${week} --force makes a second one`,
    });
  let text = mine === null || mine === made ? fresh.text : mine;
  if (mine !== null && made !== null && mine !== made && made !== fresh.text)
    text = await joined({ mine, made, fresh: fresh.text }, context);
  if (!dryRun) {
    await writeText(folder, week, 'draft', text);
    await writeText(folder, week, 'made', fresh.text);
  }
  return text;
}

interface Keeping {
  readonly context: CliContext;
  readonly dryRun?: boolean | undefined;
  /** Also for a week of which a report was sent. */
  readonly force?: boolean | undefined;
}

/** By `git merge-file`, which needs no repository; where both changed the same lines, the writer's stay. */
async function joined(texts: Readonly<Record<'mine' | 'made' | 'fresh', string>>, { say, signal }: CliContext) {
  if ((await findTool('git')) === null) {
    say('note: your draft stays as it is: git, which would join it with what is known since, is not installed');
    return texts.mine;
  }
  const place = mkdtempSync(join(tmpdir(), 'hoplab-draft-'));
  try {
    const file = (name: string) => join(place, name);
    for (const [name, text] of Object.entries(texts)) writeFileSync(file(name), text, { mode: 0o600 });
    const argv = ['git', ...mergeArgs(file('mine'), file('made'), file('fresh'))];
    // Its code is the number of conflicts.
    const { stdout, code, stderr } = await run(argv, { signal, allowFailure: true, env: process.env });
    if (code === null || code > 127) throw new Error(`git merge-file: ${stderr}`);
    const { text, kept } = settleConflicts(stdout);
    for (const line of kept) say(`note: your words stay, and this was left out: ${line.trim()}`);
    return text;
  } finally {
    rmSync(place, { recursive: true, force: true });
  }
}

/** git as the report asks it; where there is none every clone says so. */
async function gitIn(signal: AbortSignal): Promise<Git> {
  if ((await findTool('git')) === null) return async () => notDone('git is not installed');
  const env = { ...process.env, LC_ALL: 'C', GIT_TERMINAL_PROMPT: '0' };
  const options = { signal, timeoutMs: GIT_TIMEOUT_MS, allowFailure: true, env };
  const failed = (said: string) => notDone(oneLine(said.trim().split('\n')[0] ?? '').slice(0, 200));
  return async (folder, args, input = '') => {
    try {
      const { code, stdout, stderr } = await run([...GIT, '-C', folder, ...args], { ...options, input });
      return code === 0 ? done(stdout) : failed(stderr);
    } catch (error) {
      signal.throwIfAborted();
      return failed(reasonOf(error));
    }
  };
}

export function addReports(command: Command): Command {
  return command.option('--reports <DIR>', 'the folder of reports, instead of $HOPLAB_REPORTS or ./reports');
}

/** Which week, and where the runs are. */
export function addWeek(command: Command): Command {
  return addReports(command)
    .option('--week <WEEK>', 'a week of ISO 8601, as 2026-W47, or last; the current one by default')
    .option('--ending <DAY>', 'the week that ends on this day, as 2026-11-27')
    .option('--runs <DIR>', 'folder of runs, instead of that of weekly.yaml, else as of every command');
}

/** Of what makes a draft. */
export function addForce(command: Command): Command {
  return command.option('--force', 'a second report of a week of which one was sent');
}

export function sub(parent: Command, usage: string, summary: string): Command {
  const sentence = `${summary[0]?.toUpperCase()}${summary.slice(1)}.`;
  return parent.command(usage).summary(summary).description(sentence);
}

/** A command below `hoplab weekly` that is about one week. */
export function ofWeek(parent: Command, usage: string, summary: string): Command {
  return addWeek(sub(parent, usage, summary));
}
