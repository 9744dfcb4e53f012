// SPDX-License-Identifier: GPL-2.0-only
/** The schemas of notebook.yaml, of a card's front matter and of events.yaml: parser, defaults and known keys. */
import { z } from 'zod';
import { oneLine } from './block.ts';
import { CARD_STATES, COLUMNS, DEFAULT_COLUMNS } from './notebook.ts';
import { isDay, isTimeZone } from './week.ts';

/** Of a name, a title, an address. */
export const MOST_CHARACTERS = 2000;

/** A text in one line, without what a terminal obeys. */
const line = z
  .string()
  .max(MOST_CHARACTERS, { error: `must have at most ${MOST_CHARACTERS} characters` })
  .refine((text) => oneLine(text) !== '', { error: 'must not be empty' })
  .transform(oneLine);
const lines = z.union([line.transform((only) => [only]), z.array(line)]);
const day = z.string().refine(isDay, { error: 'must be a day as 2026-11-24' });
/** Words for git: never an option. */
const gitWord = line.refine((text) => /^[^\s-][^\s]*$/.test(text), {
  error: 'must be a word that does not begin with -',
});

export const notebookSchema = z.strictObject({
  name: line.default('Weekly report').describe('What the reports are about; {name} in the subject.'),
  from: line
    .optional()
    .describe('Who reports: A. Engineer <a@example.org>. Series of this address are found in the mailboxes.'),
  to: lines.default([]).describe('Who reads it.'),
  cc: lines.default([]).describe('Who else.'),
  subject: line.default('[Weekly] {name}, {week}').describe('Subject of the mail.'),
  timezone: z
    .string()
    .refine(isTimeZone, { error: 'must be a name of the IANA data base, as Europe/Berlin' })
    .optional()
    .describe("Time zone of days; this machine's by default."),
  runs: line.optional().describe('Folder of runs, relative to the notebook; as of every command by default.'),
  programs: z.array(line).default([]).describe('The programs, in their order; a section each.'),
  clones: z
    .array(
      z.strictObject({
        name: line.describe('What series call it: linux.'),
        path: line.describe('A git clone, relative to the notebook.'),
        branch: gitWord.optional().describe('Where series are merged: origin/master.'),
        tags: gitWord.optional().describe("Releases are the tags that match: 'v*'."),
      }),
    )
    .default([])
    .describe('Git clones in which series are looked for.'),
  mailboxes: z
    .array(line)
    .default([])
    .describe('mbox or .eml files, maildirs, folders of .eml files; sent mail above all.'),
  holidays: z
    .array(line)
    .default([])
    .describe('.ics calendars, relative to the notebook; events.yaml is read without being named.'),
  columns: z
    .array(z.enum(COLUMNS))
    .min(2)
    .default([...DEFAULT_COLUMNS])
    .describe('Columns of the tables; RTTs are in us.'),
  sections: z
    .strictObject({
      patches: line.nullable().default('Patch status').describe('Title; null leaves the section out.'),
      issues: line.nullable().default('Issues'),
      events: line.nullable().default('Travel & Holiday & Event'),
    })
    .prefault({})
    .describe('Titles of the sections behind the programs.'),
  carry: z
    .int()
    .min(0)
    .max(520)
    .default(4)
    .describe('Weeks that a figure stays in its table without being measured again.'),
  ahead: z.int().min(0).max(104).default(4).describe('Weeks after the report that events are told of.'),
});

/** The leader dots of the checklist end a name when it is read back. */
const configurationName = line.refine((name) => !/(?:^|\s)\.{2,}(?:\s|$)/.test(name), {
  error: 'must not have dots between blanks: the checklist has them before the state',
});

const configurationSchema = z.union([
  configurationName.transform((name) => ({ name, path: undefined, runs: undefined, diagnosis: undefined })),
  z.strictObject({
    name: configurationName.describe('What the checklist calls it.'),
    path: line.optional().describe('The path of the runs that proves it.'),
    runs: lines.optional().describe("Labels or ids of the runs; the card's by default."),
    diagnosis: line.optional().describe('PATH or LAB/PATH of diagnoses.'),
  }),
]);

const patchesSchema = z.union([
  line.transform((series) => ({ series, repo: undefined, patches: [] })),
  z.strictObject({
    series: line.describe('Title of the cover letter, or of the only patch.'),
    repo: line.optional().describe('Name of a clone.'),
    patches: z.array(line).default([]).describe('Subjects or patch-ids, where no mailbox tells them.'),
  }),
]);

export const cardSchema = z.strictObject({
  id: z
    .string()
    .regex(/^(?=.*[A-Za-z])[A-Za-z0-9][A-Za-z0-9._-]{0,39}$/, {
      error: 'must be of letters, digits, dots, dashes and underscores with a letter among them, at most 40',
    })
    .describe('As in [STR-68].'),
  title: line.describe('As in (title).'),
  program: line.describe('The section that it is in.'),
  state: z.enum(CARD_STATES).optional().describe('active: listed in every report; paused, done: only with news.'),
  owner: line.optional().describe('Who works on it.'),
  since: day.optional().describe('Not listed in earlier reports.'),
  configurations: z
    .array(configurationSchema)
    .refine((list) => new Set(list.map(({ name }) => name.toLowerCase())).size === list.length, {
      error: 'two of them have the same name',
    })
    .default([])
    .describe('The checklist: a., b., c. in this order.'),
  runs: lines.default([]).describe('Labels or ids of the runs whose tables are shown.'),
  patches: z.array(patchesSchema).default([]).describe('Series of patches.'),
  links: lines.default([]).describe('Addresses that are footnotes of the title.'),
});

const eventSchema = z.strictObject({
  date: day.optional().describe('A single day.'),
  from: day.optional(),
  to: day.optional(),
  what: line,
  yearly: z.boolean().default(false).describe('Every year on these days.'),
});

export const eventsSchema = z.array(
  eventSchema
    .refine(({ date, from }) => (date === undefined) !== (from === undefined), {
      error: 'needs either `date`, or `from` and `to`',
    })
    .refine(({ from, to }) => from === undefined || to === undefined || from <= to, { error: 'ends before it begins' }),
);
