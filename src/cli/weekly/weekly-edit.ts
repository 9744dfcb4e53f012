// SPDX-License-Identifier: GPL-2.0-only
/** `hoplab weekly edit`, `note` and `diff`: the draft in an editor, a bullet from the shell, and what hoplab changed. */
import { existsSync, readFileSync, rmSync } from 'node:fs';
import type { Command, CommanderError } from 'commander';
import { reasonOf } from '../../model/errors.ts';
import { didYouMean } from '../../schema/nearest-word.ts';
import { runInteractive } from '../../system/exec.ts';
import { checkMail } from '../../weekly/describe-mail.ts';
import { showChanges } from '../../weekly/edits.ts';
import { placeNamed, placesIn, addNote as withNote } from '../../weekly/new-lines.ts';
import { parseMail } from '../../weekly/parse-mail.ts';
import { reportFile, writeText } from '../../weekly/reports.ts';
import { plainText } from '../../words/plain-text.ts';
import type { CliContext } from '../command.ts';
import { usageError } from '../usage.ts';
import { addForce, currentDraft, type Desk, freshDraft, ofWeek, openDesk, type WeekQuery } from './weekly-draft.ts';

/** `edit`, `note` and `diff`. */
export function addEdit(parent: Command, context: CliContext): void {
  const edits = addForce(ofWeek(parent, 'edit', 'open the draft in $VISUAL or $EDITOR, read it back and check it'));
  edits.action(async () => edit(edits.optsWithGlobals<WeekQuery>(), context));
  const notes = addForce(ofWeek(parent, 'note <CARD> <TEXT...>', 'add a bullet to a card or a section of the draft'));
  notes.exitOverride(explainDash).action(async (place: string, words: string[]) => {
    await note(place, words.join(' '), { query: notes.optsWithGlobals<WeekQuery>(), context });
  });
  const diffs = ofWeek(parent, 'diff', 'tell what hoplab changed against the last report, and why');
  diffs.action(async () => diff(diffs.optsWithGlobals<WeekQuery>(), context));
}

/** A text that begins with - is taken for an option. */
function explainDash(error: CommanderError): never {
  if (error.code !== 'commander.unknownOption') throw error;
  throw usageError(error.message.replace(/^error: /, ''), 'hoplab weekly note CARD -- "- a text that begins with -"');
}

/** The draft of the week, made where there is none yet. */
async function draftOf(query: WeekQuery, context: CliContext): Promise<{ readonly desk: Desk; readonly text: string }> {
  const desk = openDesk(query, context);
  const fresh = await freshDraft(desk, query, context);
  return { desk, text: await currentDraft(desk, fresh, { context, force: query.force }) };
}

async function edit(query: WeekQuery, context: CliContext): Promise<void> {
  const { desk, text: draft } = await draftOf(query, context);
  const file = reportFile(desk.folder, desk.week, 'draft');
  const copy = reportFile(desk.folder, desk.week, 'edited');
  if (existsSync(copy))
    context.say(`note: this is ${copy}, which the last edit left; remove it to begin with the draft`);
  else await writeText(desk.folder, desk.week, 'edited', draft);
  let kept = draft;
  try {
    const argv = editorArgv();
    const failed = (why: string) => usageError(`edit ${file}: ${why}`, HINT);
    const code = await runInteractive([...argv, copy]).catch((error: unknown) => {
      throw failed(`${argv[0]}: ${reasonOf(error)}`);
    });
    if (code !== 0) throw failed(`${argv[0]} ended with ${code}; the draft is as it was`);
    const text = textOf(copy);
    if (text.trim() === '') throw failed('the text is empty; the draft is as it was');
    await writeText(desk.folder, desk.week, 'draft', text);
    kept = text;
    for (const line of checkMail(parseMail(text, desk.span.to))) context.say(`note: ${line}`);
    context.say(`kept as ${file}; next: hoplab weekly send`);
  } finally {
    const typed = textOf(copy);
    if (typed.trim() !== '' && typed !== kept)
      context.say(`note: what you typed is ${copy}; hoplab weekly edit goes on with it`);
    else rmSync(copy, { force: true });
  }
}

const HINT = '$VISUAL or $EDITOR says which editor; hoplab weekly edit goes on with what you typed';

function textOf(file: string): string {
  return existsSync(file) ? readFileSync(file, 'utf8') : '';
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
