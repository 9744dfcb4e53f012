// SPDX-License-Identifier: GPL-2.0-only
/** `hoplab weekly start` and the drafts that follow, as processes: whose mails are taken, what is told, what is refused. */
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { temporaryFolder } from '../../fixtures/temporary-folder.ts';
import { errorOf, hoplab } from '../../support/hoplab.ts';

/** Where no reports of the machine's own are found. */
const env = { HOPLAB_REPORTS: '', HOPLAB_NOTEBOOK: '', HOPLAB_RUNS: '/no/runs', TZ: 'UTC' };

const REPORT =
  'From: A <a@example.org>\nTo: team@example.org\nSubject: [Weekly] Week ending 2022-03-18\nDate: Mon, 21 Mar 2022 09:00:00 +0100\n\n== Lab ==\n[NET-1] (x)\n  a. tap: todo\n* measured\n';
const mail = (head: string, body: string) => `From x@example.org Fri Mar 18 10:00:00 2022\n${head}\n\n${body}\n\n`;

const MBOX = [
  mail(
    'From: a@example.org\nSubject: [PATCH v2] net: x\nDate: Mon, 14 Mar 2022 10:00:00 +0000',
    '== a log ==\n* x\n* y',
  ),
  mail(
    'From: a@example.org\nSubject: weekly w/e 11.03.2022\nDate: Fri, 11 Mar 2022 10:00:00 +0000',
    '== Lab ==\n* x\n\n> 1',
  ),
  mail('From: a@example.org\nSubject: weekly WW11\nDate: Fri, 18 Mar 2022 10:00:00 +0000', '== Lab ==\n* y'),
  mail('From: b@example.org\nSubject: weekly\nDate: Thu, 17 Mar 2022 10:00:00 +0000', '== Lab ==\n* of b'),
  mail('From: a@example.org\nSubject: Re: weekly\nDate: Fri, 18 Mar 2022 10:00:00 +0000', '== Lab ==\n* y'),
  mail('From: b@example.org\nSubject: an answer\nDate: Fri, 18 Mar 2022 10:00:00 +0000', 'CVE-2022-1234 is not ours'),
  mail('From: a@example.org\nSubject: x\nMIME-Version: 1.0\nContent-Type: image/png', 'AAAA'),
].join('');

const QUOTED_PRINTABLE = [
  'From: =?utf-8?q?J=C3=BCrgen?= <a@example.org>',
  'Bcc: boss@example.org',
  'Reply-To: a@example.org',
  'Subject: =?utf-8?q?Weekly_2022=E5=B9=B43=E6=9C=8818=E6=97=A5?=',
  'MIME-Version: 1.0',
  'Content-Type: multipart/alternative; boundary=x',
  '',
  '--x',
  'Content-Type: text/plain; charset=utf-8; format=flowed',
  'Content-Transfer-Encoding: quoted-printable',
  '',
  '=3D=3D Lab =3D=3D',
  '* gemessen: =C3=BC',
  '--x',
  'Content-Type: text/html',
  '',
  '<p>x</p>',
  '--x--',
  '',
].join('\r\n');

describe('hoplab weekly start', () => {
  it('takes reports of the writer alone, says what became of every mail, and begins with the newest', async (context) => {
    const folder = temporaryFolder(context);
    writeFileSync(join(folder, 'sent.mbox'), MBOX);
    const reports = ['--reports', join(folder, 'r')];
    const dry = await hoplab(['weekly', 'start', join(folder, 'sent.mbox'), ...reports, '--dry-run'], { env });
    assert.equal(dry.code, 0, dry.stderr);
    assert.ok(!existsSync(join(folder, 'r')));
    const outcome = await hoplab(['weekly', 'start', join(folder, 'sent.mbox'), ...reports], { env });
    const lines = outcome.stdout.split('\n').map((line) => line.replace(/^.*sent\.mbox, /, ''));
    assert.deepEqual(
      lines.map((line) => line.replace(/; is .*\//, '; is ')),
      [
        'mail 1: left out: a patch',
        'mail 2: 2022-W10, 2022-03-11: 1 section; is 2022-W10.txt',
        '  as it is, line 8: > 1',
        'mail 3: 2022-W11, 2022-03-20: 1 section; is 2022-W11.txt',
        'mail 4: left out: it is from b@example.org; --from names the addresses of the writer',
        'mail 5: left out: a reply',
        'mail 6: left out: no section, no card and no list: it does not look like a report',
        'mail 7: left out: the mail has no part in plain text',
        '',
      ],
    );
    assert.deepEqual(
      readdirSync(join(folder, 'r')).filter((name) => name.endsWith('.txt')),
      ['2022-W10.txt', '2022-W11.txt'],
    );
  });

  it('keeps a text byte for byte, and takes it once, whatever became of it', async (context) => {
    const folder = temporaryFolder(context);
    const [old, reports] = [join(folder, 'old.txt'), join(folder, 'r')];
    const bytes = `\uFEFF${REPORT.replaceAll('\n', '\r\n')}no end`;
    writeFileSync(old, bytes);
    const start = () => hoplab(['weekly', 'start', old, '--reports', reports], { env });
    assert.match((await start()).stdout, /2022-W11, 2022-03-18/);
    const kept = join(reports, '2022-W11.txt');
    assert.equal(readFileSync(kept, 'utf8'), bytes);
    writeFileSync(kept, bytes.replace('measured', 'measured it'));
    assert.match((await start()).stdout, /2022-W11: nothing new/);
    assert.match(readFileSync(kept, 'utf8'), /measured it/);
  });

  it('reads a Maildir, quoted-printable, multipart, encodings and dates of the east', async (context) => {
    const folder = temporaryFolder(context);
    mkdirSync(join(folder, 'mail', 'cur'), { recursive: true });
    writeFileSync(join(folder, 'mail', 'cur', '1:2,S'), QUOTED_PRINTABLE);
    const latin = 'Subject: weekly 2022-W10\n\n== Lab ==\n* gem\xe4\xdf\n';
    writeFileSync(join(folder, 'latin.txt'), Buffer.from(latin, 'latin1'));
    const reports = join(folder, 'r');
    const paths = [join(folder, 'mail'), join(folder, 'latin.txt')];
    const outcome = await hoplab(['weekly', 'start', ...paths, '--reports', reports], { env });
    assert.equal(outcome.code, 0, outcome.stderr);
    const text = readFileSync(join(reports, '2022-W11.txt'), 'utf8');
    assert.match(
      text,
      /^From: Jürgen <a@example\.org>\nBcc: boss@example\.org\nReply-To: a@example\.org\nSubject: Weekly 2022年3月18日\n/,
    );
    assert.match(text, /== Lab ==\n\* gemessen: ü/);
    assert.match(readFileSync(join(reports, '2022-W10.txt'), 'utf8'), /gemäß/);
  });
});

it('a path that is missing costs itself alone', async (context) => {
  const folder = temporaryFolder(context);
  writeFileSync(join(folder, 'old.txt'), REPORT);
  const paths = [join(folder, 'none.txt'), join(folder, 'old.txt')];
  const { code, stdout } = await hoplab(['weekly', 'start', ...paths, '--reports', join(folder, 'r')], { env });
  assert.equal(code, 0);
  assert.match(stdout, /none\.txt: left out: ENOENT.*\n.*old\.txt: 2022-W11, /);
});

it('a file of a folder that cannot be read costs itself alone', async (context) => {
  const folder = temporaryFolder(context);
  const mails = join(folder, 'mails');
  mkdirSync(mails);
  symlinkSync('loop.txt', join(mails, 'loop.txt'));
  writeFileSync(join(mails, 'old.txt'), REPORT);
  const { code, stdout } = await hoplab(['weekly', 'start', mails, '--reports', join(folder, 'r')], { env });
  assert.equal(code, 0);
  assert.match(stdout, /old\.txt: 2022-W11, /);
  assert.match(stdout, /loop\.txt: left out: ELOOP/);
});

describe('what hoplab weekly start refuses', () => {
  it('a text that the next draft could not be made from, and a path without any report', async (context) => {
    const folder = temporaryFolder(context);
    const long = join(folder, 'long.txt');
    writeFileSync(long, REPORT + '* x\n'.repeat(1_100_000));
    const outcome = await hoplab(['weekly', 'start', long, '--reports', join(folder, 'r')], { env });
    assert.equal(outcome.code, 1);
    assert.match(outcome.stdout, /long\.txt: left out: it has more than 4194304 bytes/);
    assert.equal(errorOf(outcome).code, 'REPORT_UNREADABLE');
    assert.match(errorOf(outcome).message, /none of 1 mail is one/);
    assert.ok(!existsSync(join(folder, 'r')));
  });

  it('a folder that cannot be written, in one sentence', async (context) => {
    const folder = temporaryFolder(context);
    writeFileSync(join(folder, 'old.txt'), REPORT);
    const outcome = await hoplab(['weekly', 'start', join(folder, 'old.txt'), '--reports', '/proc/reports'], { env });
    assert.equal(errorOf(outcome).code, 'REPORT_REFUSED');
    assert.match(errorOf(outcome).message, /^write \/proc\/reports\/2022-W11\.txt: /);
  });

  it('not the mail of a Maildir that an mbox had, and no quotes of a flowed text', async (context) => {
    const folder = temporaryFolder(context);
    mkdirSync(join(folder, 'mail', 'cur'), { recursive: true });
    const head = `${REPORT.split('\n\n')[0]}\nMIME-Version: 1.0\nContent-Type: text/plain; format=flowed\n\n`;
    const body = '== Lab ==\n* a long \nline\n\n> he said \n> that\n>> and \n> this\n';
    writeFileSync(join(folder, 'mail', 'cur', '1'), head + body);
    writeFileSync(join(folder, 'box'), `From a@example.org Fri Mar 18 10:00:00 2022\n${head}${body}\n`);
    const reports = join(folder, 'r');
    const paths = [join(folder, 'box'), join(folder, 'mail')];
    const { stdout } = await hoplab(['weekly', 'start', ...paths, '--reports', reports], { env });
    assert.match(stdout, /mail\/cur\/1: 2022-W11: nothing new/);
    const text = readFileSync(join(reports, '2022-W11.txt'), 'utf8');
    assert.ok(text.endsWith('* a long line\n\n> he said that\n>> and \n> this\n'), text);
  });
});

describe('hoplab weekly', () => {
  it('makes no second report of a week that was sent unless it is told to', async (context) => {
    const folder = temporaryFolder(context);
    writeFileSync(join(folder, '2022-W11.txt'), REPORT);
    writeFileSync(join(folder, '2022-W12.txt'), REPORT.replace('03-18', '03-25'));
    const week = ['--reports', folder, '--week', '2022-W12'];
    for (const args of [['weekly'], ['weekly', 'edit'], ['weekly', 'note', 'NET-1', 'x']]) {
      const refused = errorOf(await hoplab([...args, ...week], { env }));
      assert.equal(refused.code, 'REPORT_REFUSED');
      assert.match(refused.message, /2022-W12: its report was sent already.*2022-W11\.txt/);
      assert.match(refused.hint, /--force/);
    }
    assert.match((await hoplab(['weekly', ...week, '--force'], { env })).stdout, /Week ending 2022-03-25/);
    assert.equal((await hoplab(['weekly', ...week], { env })).code, 0);
  });

  it('keeps what was typed where the editor fails, and goes on with it', async (context) => {
    const folder = temporaryFolder(context);
    writeFileSync(join(folder, '2022-W11.txt'), REPORT);
    const editor = join(folder, 'editor');
    writeFileSync(editor, `#!/bin/sh\necho '* typed' >> "$1"\nexit "$ENDS"\n`, { mode: 0o755 });
    const edit = (ends: string) =>
      hoplab(['weekly', 'edit', '--reports', folder, '--week', '2022-W12'], {
        env: { ...env, VISUAL: editor, ENDS: ends },
      });
    const copy = join(folder, '2022-W12.draft.edit.txt');
    const failed = await edit('1');
    assert.match(errorOf(failed).hint, /hoplab weekly edit goes on/);
    assert.match(failed.stderr, new RegExp(`what you typed is ${copy}`));
    assert.match(readFileSync(copy, 'utf8'), /\* typed\n$/);
    const again = await edit('0');
    assert.match(again.stderr, /which the last edit left/);
    assert.match(readFileSync(join(folder, '2022-W12.draft.txt'), 'utf8'), /\* typed\n\* typed\n$/);
    assert.ok(!existsSync(copy));
  });

  it('without reports says how to begin, also to whom has a notebook of cards', async (context) => {
    const folder = temporaryFolder(context);
    const at = ['sh', '-c', 'cd "$0" && exec "$@"', folder];
    const without = await hoplab(['weekly'], { env, through: at });
    assert.equal(without.code, 1);
    assert.equal(errorOf(without).code, 'REPORTS_NOT_FOUND');
    assert.match(errorOf(without).hint, /^hoplab weekly start OLD-MAIL\.txt/);
    mkdirSync(join(folder, 'weekly'));
    writeFileSync(join(folder, 'weekly', 'notebook.yaml'), 'name: x\n');
    const old = errorOf(await hoplab(['weekly'], { env, through: at }));
    assert.match(old.message, /notebook of cards in weekly is of hoplab 0\.1/);
    assert.match(old.hint, /^hoplab weekly start weekly\/sent\/\*\.txt/);
  });

  it('keeps the draft and what its writer changed, and prints it as a mail', async (context) => {
    const folder = temporaryFolder(context);
    const old = join(folder, 'old.txt');
    writeFileSync(old, REPORT);
    const args = ['--reports', join(folder, 'r'), '--week', '2022-W12'];
    await hoplab(['weekly', 'start', old, ...args.slice(0, 2)], { env });
    const look = await hoplab(['weekly', ...args, '--dry-run'], { env });
    assert.match(look.stdout, /Subject: \[Weekly\] Week ending 2022-03-25\n/);
    const draft = join(folder, 'r', '2022-W12.draft.txt');
    assert.ok(!existsSync(draft));
    assert.equal((await hoplab(['weekly', 'note', 'net-1', 'half done', ...args], { env })).code, 0);
    assert.match(readFileSync(draft, 'utf8'), /a\. tap: todo\n\* half done\n$/);
    writeFileSync(draft, readFileSync(draft, 'utf8').replace('tap: todo', 'tap: my own word'));
    const again = await hoplab(['weekly', ...args, '--format', 'eml'], { env });
    assert.match(again.stdout, /a\. tap: my own word\r\n\* half done\r\n/);
    assert.match(again.stdout, /^Message-ID: <weekly\.2022-03-25\.[0-9a-f]{16}@example\.org>\r$/m);
  });

  it('refuses what it does not understand, with the next command', async (context) => {
    const folder = temporaryFolder(context);
    writeFileSync(join(folder, '2022-W11.txt'), REPORT);
    const reports = ['--reports', folder, '--week', '2022-W12'];
    const cases: readonly (readonly [string[], string, RegExp])[] = [
      [['weekly', 'start', join(folder, 'none.txt')], 'REPORT_UNREADABLE', /ENOENT/],
      [['weekly', 'start', '--date', 'yesterday', 'x'], 'USAGE', /--date/],
      [['weekly', 'snd', ...reports], 'USAGE', /"snd".*send/],
      [['weekly', '--format', 'pdf'], 'USAGE', /pdf/],
      [['weekly', 'note', 'NET-2', 'x', ...reports], 'USAGE', /NET-2.*NET-1/],
      [['weekly', 'note', 'NET-1', '- x', ...reports], 'USAGE', /unknown option '- x'/],
      [['weekly', 'send', '--reports', folder, '--week', '2022-W14', '--yes'], 'REPORT_REFUSED', /no draft/],
    ];
    for (const [args, code, message] of cases) {
      const outcome = await hoplab(args, { env });
      assert.notEqual(outcome.code, 0);
      assert.equal(errorOf(outcome).code, code, outcome.stderr);
      assert.match(errorOf(outcome).message, message);
    }
    writeFileSync(join(folder, 'weekly.yaml'), 'mailboxs: []\ncards: {X-1: {run: [a]}}\n');
    const invalid = errorOf(await hoplab(['weekly', ...reports], { env }));
    assert.equal(invalid.code, 'REPORTS_INVALID');
    assert.match(invalid.message, /weekly\.yaml:1:1: .*mailboxes[\s\S]*weekly\.yaml:2:/);
  });
});
