// SPDX-License-Identifier: GPL-2.0-only
/** `hoplab weekly edit`, `note` and `diff`: the draft in an editor, a bullet from the shell, and what hoplab changed. */
import { existsSync, readFileSync, rmSync } from 'node:fs';
import type { Command, CommanderError } from 'commander';
import { reasonOf } from '../../model/errors.ts';
import { didYouMean } from '../../schema/nearest-word.ts';
import { runInteractive } from '../../system/exec.ts';
import { checkMail } from '../../weekly/describe-mail.ts';
import { showChanges } from '../../weekly/edits.ts';
import { placeNamed, placesIn, addNote as withNote } from '../../weekly/note.ts';
import { parseMail } from '../../weekly/parse-mail.ts';
import { reportFile, writeText } from '../../weekly/reports.ts';
import { plainText } from '../../words/plain-text.ts';
import type { CliContext } from '../command.ts';
import { usageError } from '../usage.ts';
import { currentDraft, type Desk, freshDraft, openDesk, type WeekQuery } from './weekly-draft.ts';
import { addForce, addWeek, sub } from './weekly-options.ts';

export function addEdit(parent: Command, context: CliContext): void {
  const command = addForce(
    addWeek(sub(parent, 'edit', 'open the draft in $VISUAL or $EDITOR, read it back and check it')),
  );
  command.action(async () => edit(command.optsWithGlobals<WeekQuery>(), context));
}

export function addNote(parent: Command, context: CliContext): void {
  const command = addForce(
    addWeek(sub(parent, 'note <CARD> <TEXT...>', 'add a bullet to a card or a section of the draft')),
  );
  command
    .exitOverride(explainDash)
    .action(async (place: string, words: string[]) =>
      note(place, words.join(' '), { query: command.optsWithGlobals<WeekQuery>(), context }),
    );
}

export function addDiff(parent: Command, context: CliContext): void {
  const command = addWeek(sub(parent, 'diff', 'tell what hoplab changed against the last report, and why'));
  command.action(async () => diff(command.optsWithGlobals<WeekQuery>(), context));
}

/** A text that begins with - is taken for an option. */
function explainDash(error: CommanderError): never {
  if (error.code !== 'commander.unknownOption') throw error;
  throw usageError(error.message.replace(/^error: /, ''), 'hoplab weekly note CARD -- "- a text that begins with -"');
}

/** The draft of the week, made where there is none yet. */
async function draftOf(query: WeekQuery, context: CliContext): Promise<{ readonly desk: Desk; readonly text: string }> {
  const desk = openDesk(query, context);
  return {
    desk,
    text: await currentDraft(desk, await freshDraft(desk, query, context), { context, force: query.force }),
  };
}

async function edit(query: WeekQuery, context: CliContext): Promise<void> {
  const { desk, text: draft } = await draftOf(query, context);
  const file = reportFile(desk.folder, desk.week, 'draft');
  const copy = reportFile(desk.folder, desk.week, 'edited');
  if (existsSync(copy))
    context.say(`note: this is ${copy}, which the last edit left; remove it to begin with the draft`);
  else await writeText(desk.folder, desk.week, 'edited', draft);
  try {
    const argv = editorArgv();
    const code = await runInteractive([...argv, copy]).catch((error: unknown) => {
      throw usageError(`edit ${file}: ${argv[0]}: ${reasonOf(error)}`, '$VISUAL or $EDITOR says which editor');
    });
    const text = existsSync(copy) ? readFileSync(copy, 'utf8') : '';
    if (code !== 0) throw usageError(`edit ${file}: ${argv[0]} ended with ${code}; the draft is as it was`);
    if (text.trim() === '') throw usageError(`edit ${file}: the text is empty; the draft is as it was`);
    await writeText(desk.folder, desk.week, 'draft', text);
    for (const line of checkMail(parseMail(text, desk.span.to))) context.say(`note: ${line}`);
    context.say(`kept as ${file}; next: hoplab weekly send`);
  } finally {
    if (isLeft(copy, readFileSync(file, 'utf8')))
      context.say(`note: what you typed is ${copy}; hoplab weekly edit goes on with it`);
    else rmSync(copy, { force: true });
  }
}

/** Whether a text was typed that the draft does not have. */
function isLeft(copy: string, draft: string): boolean {
  const text = existsSync(copy) ? readFileSync(copy, 'utf8') : '';
  return text.trim() !== '' && text !== draft;
}

/** Words are split at blanks, as git does: "vim -f". */
function editorArgv(env: NodeJS.ProcessEnv = process.env): string[] {
  return (env.VISUAL?.trim() || env.EDITOR?.trim() || 'vi').split(/\s+/);
}

async function note(
  name: string,
  text: string,
  { query, context }: { query: WeekQuery; context: CliContext },
): Promise<void> {
  const { desk, text: draft } = await draftOf(query, context);
  const mail = parseMail(draft, desk.span.to);
  const [place, names] = [placeNamed(mail, name), placesIn(mail).map((each) => each.name)];
  if (place === null)
    throw usageError(
      `the draft has no card and no section "${name}"${didYouMean(name, names)}; there are ${names.join(', ')}`,
    );
  if (plainText(text) === '') throw usageError('a note needs a text', 'hoplab weekly note STR-68 "what is new"');
  const earlier = [desk.last.text, ...desk.earlier].map((each) => parseMail(each));
  const noted = withNote(mail, place, { text: plainText(text, 10_000), earlier });
  await writeText(desk.folder, desk.week, 'draft', noted);
  context.say(`noted in ${reportFile(desk.folder, desk.week, 'draft')}`);
}

async function diff(query: WeekQuery, context: CliContext): Promise<void> {
  const desk = openDesk(query, context);
  const { changes } = await freshDraft(desk, query, context);
  context.print(showChanges(changes));
  context.say(`against ${desk.last.file}; your own changes are in the draft`);
}
