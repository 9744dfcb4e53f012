// SPDX-License-Identifier: GPL-2.0-only
/** `hoplab weekly send`: the draft through the user's own git send-email, msmtp or sendmail, after a preview and a yes. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { type Command, Option } from 'commander';
import { HoplabError } from '../../model/errors.ts';
import { expiresAfter } from '../../system/deadline.ts';
import { run } from '../../system/exec.ts';
import { findTool } from '../../system/find-tool.ts';
import { addressesIn, mailboxesIn, renderEml } from '../../weekly/eml.ts';
import { fieldOf } from '../../weekly/mail-head.ts';
import { type Field, nodesOf } from '../../weekly/mail-tree.ts';
import { parseMail } from '../../weekly/parse-mail.ts';
import { keepSent, readText, reportFile } from '../../weekly/reports.ts';
import { SENDERS } from '../../weekly/settings.ts';
import type { CliContext } from '../command.ts';
import { type Desk, ofWeek, openDesk, type WeekQuery } from './weekly-draft.ts';

const SEND_TIMEOUT_MS = 120_000;
const RECIPIENTS = ['to', 'cc', 'bcc'];
const OTHERWISE =
  'hoplab weekly send --with git, msmtp or sendmail says which, and hoplab weekly --format eml -o FILE is for a mail program';

type Sender = (typeof SENDERS)[number];

/** msmtp and sendmail take the recipients from the mail, and take Bcc out of it; git gets both by option. */
const ARGV: Readonly<Record<Sender, readonly string[]>> = {
  git: ['git', 'send-email', '--confirm=never', '--suppress-cc=all', '--no-thread', '--no-validate'],
  msmtp: ['msmtp', '--read-recipients', '--read-envelope-from'],
  sendmail: ['sendmail', '-i', '-t'],
};

const nameOf = (sender: Sender): string => (sender === 'git' ? 'git send-email' : sender);

interface SendFlags extends WeekQuery {
  readonly with?: Sender;
  readonly yes?: boolean;
}

export function addSend(parent: Command, context: CliContext): void {
  const command = ofWeek(parent, 'send', 'send the draft with git send-email, msmtp or sendmail, after a yes');
  command
    .addOption(new Option('--with <PROGRAM>', 'what sends it; the first that is there by default').choices(SENDERS))
    .option('-y, --yes', 'without a question')
    .action(async () => send(command.optsWithGlobals<SendFlags>(), context));
}

async function send(flags: SendFlags, context: CliContext): Promise<void> {
  const desk = openDesk(flags, context);
  const text = draftToSend(desk);
  const recipients = recipientsOf(fieldsOf(text));
  const sender = await senderOf(flags.with ?? desk.settings.send);
  context.print(text);
  context.say(`\nto ${recipients.join(', ')}, with ${nameOf(sender)}`);
  if (flags.yes !== true && !(await saidYes(context))) {
    context.say(`nothing was sent; the draft is ${reportFile(desk.folder, desk.week, 'draft')}`);
    return;
  }
  await hand(sender, text, { desk, signal: context.signal });
  context.say(`sent, and kept as ${await keepSent(desk.folder, desk.week)}`);
}

function draftToSend({ folder, week }: Desk): string {
  const text = readText(folder, week, 'draft');
  if (text !== null) return text;
  const about = `send the report of ${week}`;
  throw readText(folder, week, 'sent') === null
    ? refused(`${about}: there is no draft of it`, 'hoplab weekly makes the draft')
    : refused(`${about}: it was sent already`, `hoplab weekly --week ${week} --force begins another`);
}

function recipientsOf(fields: readonly Field[]): string[] {
  const all = RECIPIENTS.flatMap((name) => addressesIn(fieldOf(fields, name)));
  if (all.length === 0)
    throw refused('send the report: it has no To, Cc or Bcc', 'hoplab weekly edit; the fields stand before the text');
  if (fieldOf(fields, 'subject') === '') throw refused('send the report: it has no Subject', 'hoplab weekly edit');
  return all;
}

/** The named one, else the first that is there. */
async function senderOf(named: Sender | undefined): Promise<Sender> {
  for (const sender of named === undefined ? SENDERS : [named]) if (await isThere(sender)) return sender;
  const missing =
    named === undefined ? 'there is no git send-email, msmtp or sendmail' : `${nameOf(named)} is not installed`;
  throw refused(`send the report: ${missing}`, OTHERWISE);
}

async function isThere(sender: Sender): Promise<boolean> {
  if ((await findTool(sender)) === null) return false;
  if (sender !== 'git') return true;
  const options = { signal: expiresAfter(10_000), allowFailure: true, env: process.env };
  return (await run(['git', 'send-email', '--dump-aliases'], options)).code === 0;
}

/** One line of stdin; nothing but a yes is one. */
async function saidYes({ signal, say }: CliContext): Promise<boolean> {
  say('send it? [y/N]');
  const lines = createInterface({ input: process.stdin, signal });
  for await (const line of lines) {
    lines.close();
    return /^y(?:es)?$/i.test(line.trim());
  }
  return false;
}

async function hand(
  sender: Sender,
  text: string,
  { desk: { span, settings }, signal }: { readonly desk: Desk; readonly signal: AbortSignal },
): Promise<void> {
  const isGit = sender === 'git';
  const options = { day: span.to, timeZone: settings.timeZone, now: new Date(), withoutBcc: isGit };
  const input = renderEml(text, options).replaceAll('\r\n', '\n');
  const place = mkdtempSync(join(tmpdir(), 'hoplab-mail-'));
  try {
    const file = join(place, 'report.eml');
    writeFileSync(file, input, { mode: 0o600 });
    const argv = isGit ? [...ARGV.git, ...recipientsForGit(fieldsOf(text)), file] : ARGV[sender];
    const rest = isGit ? {} : { input };
    await run(argv, { signal, timeoutMs: SEND_TIMEOUT_MS, what: 'send the report', env: process.env, ...rest });
  } catch (error) {
    if (!(error instanceof HoplabError)) throw error;
    const { code, message } = error;
    const hint = `the draft stays; ${OTHERWISE}`;
    throw code === 'INTERRUPTED' ? error : new HoplabError({ code, message, hint, cause: error });
  } finally {
    rmSync(place, { recursive: true, force: true });
  }
}

function fieldsOf(text: string): Field[] {
  return nodesOf(parseMail(text).nodes, 'head').flatMap(({ fields }) => fields);
}

function recipientsForGit(fields: readonly Field[]): string[] {
  return RECIPIENTS.flatMap((name) => mailboxesIn(fieldOf(fields, name)).map((mailbox) => `--${name}=${mailbox}`));
}

function refused(message: string, hint: string): HoplabError {
  return new HoplabError({ code: 'REPORT_REFUSED', message, hint });
}
