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

const clone = z.strictObject({ name: line, path: line, branch: gitWord.optional(), tags: gitWord.optional() });
const card = z.strictObject({
  runs: lines.default([]),
  labs: lines.default([]),
  paths: z.record(z.string(), line).default({}),
});

/** docs/weekly.md says what each key is. */
const schema = z.strictObject({
  from: lines.default([]),
  timezone: z
    .string()
    .refine(isTimeZone, { error: 'must be a name of the IANA data base, as Europe/Berlin' })
    .optional(),
  runs: line.optional(),
  clones: z.array(clone).default([]),
  mailboxes: z.array(line).default([]),
  calendars: z.array(line).default([]),
  /** Weeks after the report that events are told of. */
  ahead: z.int().min(0).max(104).default(4),
  send: z.enum(SENDERS).optional(),
  /** A writer's name of a series -> its title in the mails. */
  series: z.record(z.string(), line).default({}),
  cards: z.record(z.string(), card).default({}),
});

export type Settings = Omit<z.infer<typeof schema>, 'timezone'> & { readonly timeZone: string };

/** With the paths of the file made absolute. Throws REPORTS_INVALID, with every problem and its place. */
export function readSettings(folder: string): Settings {
  const { timezone, ...settings } = parse(join(folder, SETTINGS_FILE));
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

function parse(file: string): z.infer<typeof schema> {
  const yaml = parseYamlText(read(file) || '{}', 1);
  if (yaml.kind === 'syntax') throw invalid(problemLines(file, yaml.problems));
  const { input } = yaml;
  const parsed = schema.safeParse(input ?? {});
  const knownIn = (path: Parameters<typeof knownKeys>[1]) => knownKeys(jsonSchemaOf(schema), path);
  const found = parsed.success ? [] : explainIssues(parsed.error.issues, { input, knownKeys: knownIn });
  const problems = [...yaml.duplicates, ...found.map(yaml.place)];
  if (!parsed.success || problems.length > 0) throw invalid(problemLines(file, problems));
  return parsed.data;
}

function read(file: string): string {
  try {
    return existsSync(file) ? readFileSync(file, 'utf8') : '';
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
