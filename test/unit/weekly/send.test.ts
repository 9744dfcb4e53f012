// SPDX-License-Identifier: GPL-2.0-only
/** `hoplab weekly send` through programs that stand for sendmail, msmtp and git send-email, and write down what they get. */
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { temporaryFolder } from '../../fixtures/temporary-folder.ts';
import { errorOf, hoplab } from '../../support/hoplab.ts';

const REPORT =
  'From: A <a@example.org>\nTo: "Team, the" <team@example.org>, b@example.org\nBcc: boss@example.org\nReply-To: a@example.org\nSubject: Weekly 2022-W11\n\n== Läb ==\n* gemessen\n';

/** A folder of reports with a draft, and of programs that write their words and their input into it. */
async function desk(context: TestContext, senders: readonly string[], ends = 0) {
  const folder = temporaryFolder(context);
  const bin = join(folder, 'bin');
  mkdirSync(bin);
  for (const name of senders)
    writeFileSync(
      join(bin, name),
      `#!/bin/sh\nprintf '%s\\n' ${name} "$@" > ${folder}/argv\nfor last; do :; done\nif [ -f "$last" ]; then cat "$last"; else cat; fi > ${folder}/mail\necho refused >&2\nexit ${ends}\n`,
      { mode: 0o755 },
    );
  writeFileSync(join(folder, '2022-W11.txt'), REPORT);
  const env = { PATH: `${bin}:/usr/bin:/bin`, HOPLAB_RUNS: '/no/runs', TZ: 'UTC' };
  const week = ['--reports', folder, '--week', '2022-W12'];
  assert.equal((await hoplab(['weekly', ...week], { env })).code, 0);
  const send = (args: readonly string[], answer = '') => {
    const through = ['sh', '-c', 'printf "%s" "$0" | exec "$@"', answer];
    return hoplab(['weekly', 'send', ...week, ...args], { env, through });
  };
  const read = (name: string) => readFileSync(join(folder, name), 'utf8');
  return { folder, send, read };
}

describe('hoplab weekly send', () => {
  it('shows the mail and asks; nothing is sent without a yes', async (context) => {
    const { folder, send, read } = await desk(context, ['sendmail']);
    for (const answer of ['', 'n\n', 'perhaps\n']) {
      const outcome = await send([], answer);
      assert.equal(outcome.code, 0, outcome.stderr);
      assert.match(outcome.stdout, /^From: A <a@example\.org>\n/);
      assert.match(outcome.stderr, /to team@example\.org, b@example\.org, boss@example\.org, with sendmail/);
      assert.match(outcome.stderr, /nothing was sent/);
      assert.ok(!existsSync(join(folder, 'argv')));
    }
    const yes = await send([], 'y\n');
    assert.match(yes.stderr, /sent, and kept as .*2022-W12\.txt/);
    assert.equal(read('argv'), 'sendmail\n-i\n-t\n');
    const sent = read('mail');
    assert.match(
      sent,
      /^From: A <a@example\.org>\nTo: "Team, the" <team@example\.org>, b@example\.org\nBcc: boss@example\.org\nReply-To: /,
    );
    assert.match(sent, /^Subject: Weekly 2022-W12$/m);
    assert.match(sent, /^Content-Transfer-Encoding: quoted-printable$/m);
    assert.match(read('2022-W12.txt'), /^Subject: Weekly 2022-W12$/m);
    assert.ok(!existsSync(join(folder, '2022-W12.draft.txt')));
    assert.match(errorOf(await send(['--yes'])).message, /sent already/);
  });

  it('hands the same to msmtp, and to git send-email with the recipients as words and no Bcc in the mail', async (context) => {
    const msmtp = await desk(context, ['msmtp', 'sendmail']);
    assert.equal((await msmtp.send(['--yes'])).code, 0);
    assert.equal(msmtp.read('argv'), 'msmtp\n--read-recipients\n--read-envelope-from\n');
    const git = await desk(context, ['git', 'sendmail']);
    const outcome = await git.send(['--yes', '--with', 'git']);
    assert.equal(outcome.code, 0, outcome.stderr);
    const argv = git.read('argv').split('\n');
    for (const word of [
      'send-email',
      '--to="Team, the" <team@example.org>',
      '--to=b@example.org',
      '--bcc=boss@example.org',
    ])
      assert.ok(argv.includes(word), argv.join(' '));
    assert.doesNotMatch(git.read('mail'), /^Bcc:/m);
  });

  it('keeps the draft where the program refuses, where none is there, and where nobody is named', async (context) => {
    const failing = await desk(context, ['sendmail'], 1);
    const failed = await failing.send(['--yes', '--with', 'sendmail']);
    assert.equal(errorOf(failed).code, 'COMMAND_FAILED');
    assert.match(errorOf(failed).message, /send the report/);
    assert.match(errorOf(failed).hint, /the draft stays; hoplab weekly send --with/);
    assert.ok(existsSync(join(failing.folder, '2022-W12.draft.txt')));
    assert.match(errorOf(await failing.send(['--yes', '--with', 'msmtp'])).message, /msmtp is not installed/);
    const draft = join(failing.folder, '2022-W12.draft.txt');
    writeFileSync(draft, readFileSync(draft, 'utf8').replace(/^(?:To|Bcc): .*\n/gm, ''));
    assert.match(errorOf(await failing.send(['--yes'])).message, /no To, Cc or Bcc/);
  });
});
