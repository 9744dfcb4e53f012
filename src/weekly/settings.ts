// SPDX-License-Identifier: GPL-2.0-only
/** weekly.yaml beside the reports: where runs, clones, mailboxes and calendars are, and names that cannot be guessed. All optional. */
import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { z } from 'zod';
import { HoplabError, reasonOf } from '../model/errors.ts';
import { listProblems, problemLines } from '../schema/file-problem.ts';
import { jsonSchemaOf, knownKeys } from '../schema/json-schema.ts';
import { explainIssues } from '../schema/schema-issues.ts';
import { parseYamlText } from '../schema/yaml-text.ts';
import { oneLine } from './mail-line.ts';
import { isTimeZone } from './week.ts';

const SETTINGS_FILE = 'weekly.yaml';
export const SENDERS = ['git', 'msmtp', 'sendmail'] as const;
const MOST_CHARACTERS = 2000;

const line = z
  .string()
  .max(MOST_CHARACTERS, { error: `must have at most ${MOST_CHARACTERS} characters` })
  .refine((text) => oneLine(text) !== '', { error: 'must not be empty' })
  .transform(oneLine);
const lines = z.union([line.transform((only) => [only]), z.array(line)]);
/** Words for git: never an option. */
const gitWord = line.refine((text) => /^[^\s-][^\s]*$/.test(text), {
  error: 'must be a word that does not begin with -',
});

const schema = z.strictObject({
  from: lines.default([]).describe('Addresses of the writer; those of the last report by default.'),
  timezone: z
    .string()
    .refine(isTimeZone, { error: 'must be a name of the IANA data base, as Europe/Berlin' })
    .optional()
    .describe("Time zone of days; this machine's by default."),
  runs: line.optional().describe('Folder of runs; as of every command by default.'),
  clones: z
    .array(
      z.strictObject({
        name: line.describe('As in the names of series: linux.'),
        path: line.describe('A git clone.'),
        branch: gitWord.optional().describe('Where series are merged: origin/master.'),
        tags: gitWord.optional().describe("Releases are the tags that match: 'v*'."),
      }),
    )
    .default([])
    .describe('Git clones in which series are looked for.'),
  mailboxes: z.array(line).default([]).describe('mbox or .eml files, maildirs: sent mail above all.'),
  calendars: z.array(line).default([]).describe('.ics files of holidays, travel and events.'),
  ahead: z.int().min(0).max(104).default(4).describe('Weeks after the report that events are told of.'),
  send: z.enum(SENDERS).optional().describe('The program that sends; the first that is there by default.'),
  series: z.record(z.string(), line).default({}).describe("A writer's name of a series -> its title in the mails."),
  cards: z
    .record(
      z.string(),
      z.strictObject({
        runs: lines.default([]).describe("Labels or ids of its runs; the card's id by default."),
        labs: lines.default([]).describe('Labs whose diagnoses are about it.'),
        paths: z.record(z.string(), line).default({}).describe('A name of a checklist or a table -> its path.'),
      }),
    )
    .default({})
    .describe('Cards whose runs, labs or paths have other names than they.'),
});

export type Settings = Omit<z.infer<typeof schema>, 'timezone'> & { readonly timeZone: string };

/** With the paths of the file made absolute. Throws REPORTS_INVALID, with every problem and its place. */
export function readSettings(folder: string): Settings {
  const file = join(folder, SETTINGS_FILE);
  const { timezone, ...settings } = parse(file, existsSync(file) ? read(file) : '');
  const at = (path: string): string => pathFrom(folder, path);
  return {
    ...settings,
    timeZone: timezone ?? Intl.DateTimeFormat().resolvedOptions().timeZone,
    ...(settings.runs === undefined ? {} : { runs: at(settings.runs) }),
    clones: settings.clones.map((clone) => ({ ...clone, path: at(clone.path) })),
    mailboxes: settings.mailboxes.map(at),
    calendars: settings.calendars.map(at),
  };
}

function parse(file: string, text: string): z.infer<typeof schema> {
  const yaml = parseYamlText(text === '' ? '{}' : text, 1);
  if (yaml.kind === 'syntax') throw invalid(problemLines(file, yaml.problems));
  const parsed = schema.safeParse(yaml.input ?? {});
  const found = parsed.success
    ? []
    : explainIssues(parsed.error.issues, {
        input: yaml.input,
        knownKeys: (path) => knownKeys(jsonSchemaOf(schema), path),
      });
  const problems = [...yaml.duplicates, ...found.map(yaml.place)];
  if (!parsed.success || problems.length > 0) throw invalid(problemLines(file, problems));
  return parsed.data;
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw invalid([`${file}: ${oneLine(reasonOf(error))}`]);
  }
}

function invalid(problems: readonly string[]): HoplabError {
  return new HoplabError({
    code: 'REPORTS_INVALID',
    message: `read the settings of the reports: ${listProblems(problems)}`,
    hint: 'docs/weekly.md describes every key',
  });
}

/** "~/Mail", and paths relative to the reports. */
function pathFrom(root: string, path: string): string {
  if (path === '~' || path.startsWith('~/')) return join(homedir(), path.slice(1));
  return isAbsolute(path) ? path : join(root, path);
}
