// SPDX-License-Identifier: GPL-2.0-only
/** Patch status from real git repositories and real mail: subjects, patch-ids, releases, versions, reviews. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { done, notDone } from '../../../src/model/attempt.ts';
import type { Git } from '../../../src/weekly/git-status.ts';
import { parsePatchSubject, readMailbox } from '../../../src/weekly/mailbox.ts';
import { patchFacts } from '../../../src/weekly/patch-facts.ts';
import { seriesNamed } from '../../../src/weekly/patch-name.ts';
import { collectSeries } from '../../../src/weekly/series.ts';
import { temporaryFolder } from '../../fixtures/temporary-folder.ts';
import { needs } from '../../support/needs.ts';

const SPAN = { from: '2022-04-04', to: '2022-04-10' };
const ME = 'Me Example <me@example.org>';

const git: Git = async (folder, args, input) => {
  try {
    const stdio = ['pipe', 'pipe', 'pipe'] as const;
    return done(execFileSync('git', ['-C', folder, ...args], { encoding: 'utf8', input, stdio: [...stdio] }));
  } catch (error) {
    const said = error instanceof Error && 'stderr' in error ? String(error.stderr) : String(error);
    return notDone(said.trim().split('\n')[0] ?? '');
  }
};

/** A repository in which every commit has a day. */
class Repository {
  readonly path: string;

  constructor(path: string) {
    this.path = path;
    mkdirSync(path, { recursive: true });
    this.git('2022-01-01', 'init', '-q', '-b', 'master');
  }

  git(day: string, ...args: string[]): string {
    const who = {
      GIT_AUTHOR_NAME: 'Me',
      GIT_AUTHOR_EMAIL: 'me@example.org',
      GIT_COMMITTER_NAME: 'M',
      GIT_COMMITTER_EMAIL: 'm@example.org',
    };
    const date = `${day}T12:00:00Z`;
    const env = {
      ...process.env,
      ...who,
      GIT_AUTHOR_DATE: date,
      GIT_COMMITTER_DATE: date,
      GIT_CONFIG_GLOBAL: '/dev/null',
    };
    return execFileSync('git', ['-C', this.path, ...args], { encoding: 'utf8', env });
  }

  commit(day: string, subject: string, files: Readonly<Record<string, string>>): string {
    for (const [name, text] of Object.entries(files)) writeFileSync(join(this.path, name), text);
    this.git(day, 'add', '-A');
    this.git(day, 'commit', '-q', '-m', subject);
    return this.git(day, 'rev-parse', 'HEAD').trim();
  }
}

interface Mail {
  readonly id: string;
  readonly subject: string;
  readonly date: string;
  readonly from?: string;
  readonly reply?: string;
  readonly body?: string;
}

function mailText({ id, subject, date, from = ME, reply, body = '' }: Mail): string {
  const thread = reply === undefined ? '' : `In-Reply-To: <${reply}@x>\nReferences: <${reply}@x>\n`;
  return `From: ${from}\nTo: list@example.org\nSubject: ${subject}\nDate: ${date}\nMessage-ID: <${id}@x>\n${thread}\n${body}\n`;
}

const mbox = (mails: readonly Mail[]) =>
  mails
    .map(
      (mail) =>
        `From me@example.org Tue Mar  8 10:00:00 2022\n${mailText(mail)
          .replace(/^(>*From )/gm, '>$1')
          .replace('>From: ', 'From: ')}\n`,
    )
    .join('');

const TWO_PATCHES: readonly Mail[] = [
  { id: 'v1-0', subject: '[PATCH 0/2] virtio_net: checksums', date: 'Tue, 01 Mar 2022 10:00:00 +0000' },
  {
    id: 'v1-1',
    subject: '[PATCH 1/2] virtio_net: complete the checksum',
    date: 'Tue, 01 Mar 2022 10:00:01 +0000',
    reply: 'v1-0',
  },
  { id: 'v1-2', subject: '[PATCH 2/2] virtio_net: count them', date: 'Tue, 01 Mar 2022 10:00:02 +0000', reply: 'v1-0' },
  {
    id: 'v3-0',
    subject: '=?utf-8?q?=5BPATCH_v3_0/2=5D_virtio=5Fnet=3A?=\n =?utf-8?q?_checksums?=',
    date: 'Tue, 08 Mar 2022 10:00:00 +0000',
    reply: 'v1-0',
  },
  {
    id: 'v3-1',
    subject: '[PATCH v3 1/2] virtio_net: complete the\n checksum',
    date: 'Tue, 08 Mar 2022 10:00:01 +0000',
    reply: 'v3-0',
  },
  {
    id: 'v3-2',
    subject: '[PATCH v3 2/2] virtio_net: count them',
    date: 'Tue, 08 Mar 2022 10:00:02 +0000',
    reply: 'v3-0',
  },
  {
    id: 'r1',
    subject: 'Re: [PATCH v3 1/2] virtio_net: complete the checksum',
    date: 'Wed, 09 Mar 2022 10:00:00 +0000',
    from: 'Bob <bob@example.org>',
    reply: 'v3-1',
    body: 'On Tue, I wrote:\n> Reviewed-by: Nobody <nobody@example.org>\n\nReviewed-by: Bob <bob@example.org>\n',
  },
  {
    id: 'r2',
    subject: 'Re: [PATCH v3 2/2] virtio_net: count them',
    date: 'Wed, 09 Mar 2022 11:00:00 +0000',
    from: 'Bob <bob@example.org>',
    reply: 'v3-2',
    body: 'From here on it is fine.\nReviewed-by: Bob <bob@example.org>\nTested-by: Bob <bob@example.org>\n',
  },
  {
    id: 'r3',
    subject: 'Re: [PATCH 1/2] virtio_net: complete the checksum',
    date: 'Wed, 02 Mar 2022 11:00:00 +0000',
    from: 'Eve <eve@example.org>',
    reply: 'v1-1',
    body: 'Acked-by: Eve <eve@example.org>\n',
  },
];

interface Asked {
  readonly names?: readonly string[];
  readonly mailboxes?: string[];
  readonly clones?: Parameters<typeof patchFacts>[0]['clones'];
  readonly span?: typeof SPAN;
}

/** What is known of the series, "name: version day reviews merged" each, and what could not be read. */
async function ask({ names = [], mailboxes = [], clones = [], span = SPAN }: Asked) {
  const own = ['me@example.org'];
  const query = { names, mailboxes, clones, span, own, series: {}, timeZone: 'UTC', git };
  const { facts, problems } = await patchFacts(query);
  const texts = facts.map(({ name, title, sent, merged }) => {
    const mail = sent === null ? '-' : `${sent.rfc ? 'RFC ' : ''}v${sent.version} ${sent.day} ${sent.reviews}`.trim();
    return `${name ?? `new ${title}`}: ${mail}; ${merged ?? '-'}`;
  });
  return { texts, problems };
}

describe('the subject of a patch', () => {
  it('tells version, number and RFC, also of one sent again and behind the name of a list', () => {
    const parsed = parsePatchSubject('Re: AW: [edk2-devel] [RFC PATCH RESEND v12 02/15] Foo: bar [baz]');
    assert.deepEqual(parsed, {
      title: 'Foo: bar [baz]',
      version: 12,
      number: 2,
      total: 15,
      rfc: true,
      reply: true,
    });
    assert.equal(parsePatchSubject('[PATCHv2] x')?.version, 2);
    assert.equal(parsePatchSubject('[PATCH net-next] x')?.version, 1);
    for (const subject of ['PATCH: x', '[ANN] v5.17', 'lunch', '', '['])
      assert.equal(parsePatchSubject(subject), null, subject);
  });
});

describe('mail', () => {
  for (const kind of ['mbox', 'maildir', 'folder of .eml'] as const) {
    it(`of a series is read from an ${kind}: versions, folded and encoded subjects, reviews without the quoted ones`, async (context) => {
      const folder = temporaryFolder(context);
      const path = join(folder, 'mail');
      if (kind === 'mbox')
        writeFileSync(path, mbox([{ id: 'x', subject: 'lunch', date: 'x', body: 'From here\n' }, ...TWO_PATCHES]));
      else {
        const cur = kind === 'maildir' ? join(path, 'cur') : path;
        for (const each of kind === 'maildir' ? [cur, join(path, 'new'), join(path, 'tmp')] : [cur])
          mkdirSync(each, { recursive: true });
        for (const mail of TWO_PATCHES)
          writeFileSync(join(cur, kind === 'maildir' ? `${mail.id}:2,S` : `${mail.id}.eml`), mailText(mail));
      }
      const { mails, problem } = await readMailbox(path);
      assert.equal(problem, null);
      const [series, second] = collectSeries(mails);
      assert.equal(second, undefined);
      assert.equal(series?.title, 'virtio_net: checksums');
      assert.deepEqual(
        series?.versions.map(({ version, patches }) => [version, patches.length]),
        [
          [1, 2],
          [3, 2],
        ],
      );
      const reviews = series?.versions.at(-1)?.reviews.map(({ tag, who }) => `${tag} ${who}`);
      assert.deepEqual(reviews, ['Reviewed-by bob@example.org', 'Tested-by bob@example.org']);
    });
  }

  it('of a list that sends for its members has the author of Reply-To', async (context) => {
    const file = join(temporaryFolder(context), 'list.mbox');
    const text = mailText({
      id: 'a',
      subject: '[list] [PATCH] lab: alone',
      date: 'Tue, 15 Mar 2022 10:01:00 +0000',
      from: 'Me via list <list@example.org>',
    });
    writeFileSync(file, text.replace('To: ', 'Reply-To: Me <me@example.org>\nTo: '));
    const [series] = collectSeries((await readMailbox(file)).mails);
    assert.deepEqual([series?.author, series?.lists], ['me@example.org', ['list', 'patch']]);
  });

  it('of one thread is one series, also where a patch in it says another version', async (context) => {
    const file = join(temporaryFolder(context), 'x.mbox');
    const one = (id: string, subject: string) => ({ id, subject, date: 'Tue, 15 Mar 2022 10:01:00 +0000', reply: '0' });
    const { reply: _, ...cover } = one('0', '[PATCH 0/3] lab: series');
    writeFileSync(
      file,
      mbox([
        cover,
        one('1', '[PATCH 1/3] lab: one'),
        one('2', '[PATCH 2/3] lab: two'),
        one('3', '[PATCH v7 3/3] lab: three'),
      ]),
    );
    const series = collectSeries((await readMailbox(file)).mails);
    assert.deepEqual(
      series.map(({ versions }) => versions.map(({ version, patches }) => [version, patches.length])),
      [[[1, 3]]],
    );
  });

  it('that cannot be read is told and is no crash', async (context) => {
    const folder = temporaryFolder(context);
    writeFileSync(join(folder, 'bad.eml'), Buffer.from([0xff, 0xfe, 0, 0, 0x0a, 0x0a]));
    assert.deepEqual(await readMailbox(join(folder, 'bad.eml')), { mails: [], problem: null });
    assert.match((await readMailbox(join(folder, 'none'))).problem ?? '', /ENOENT/);
  });
});

describe('a name of a writer', () => {
  const series = (title: string, lists: readonly string[] = []) => ({ title, author: 'a', lists, versions: [] });
  const disk = series('disk: add integrity checks', ['u-boot']);
  const all = [disk, series('disk: shorten names', ['u-boot']), series('net: integrity', ['netdev'])];

  it('is a series whose title has its words, or that went to its list', () => {
    assert.equal(seriesNamed('uboot/disk_integ', all, {}), disk);
    assert.equal(seriesNamed('disk/integrity', all, {}), disk);
    assert.equal(seriesNamed('mine', all, { mine: 'Disk: add integrity checks' }), disk);
  });

  it('is none where it fits two of them, or none', () => {
    for (const name of ['uboot/disk', 'integ', 'uboot/usb', 'uboot', 'x'])
      assert.equal(seriesNamed(name, all, {}), null, name);
  });
});

describe('patch status', { skip: needs('git') }, () => {
  it('says version, day, reviews, and the release that first had all of it', async (context) => {
    const folder = temporaryFolder(context);
    const mailbox = join(folder, 'sent.mbox');
    writeFileSync(mailbox, mbox(TWO_PATCHES));
    const repository = new Repository(join(folder, 'clone'));
    repository.commit('2022-01-10', 'start', { a: '1\n', b: '1\n' });
    repository.git('2022-01-10', 'tag', 'v2022.01');
    repository.git('2022-01-10', 'tag', 'not-a-release');
    const clones = [{ name: 'linux', path: repository.path, tags: 'v*' }];
    const state = async (span = SPAN) => {
      const { texts } = await ask({ names: ['virtio/checksums'], mailboxes: [mailbox], clones, span });
      return texts;
    };
    const mail = 'virtio/checksums: v3 2022-03-08 Reviewed-by 1, Tested-by 1;';
    assert.deepEqual(await state(), [`${mail} -`]);
    repository.commit('2022-04-04', 'virtio_net: complete the checksum', { a: '2\n' });
    repository.commit('2022-04-05', 'other: mentions virtio_net: count them', { c: '2\n' });
    assert.deepEqual(await state(), [`${mail} 1 of 2 merged in master after v2022.01`]);
    repository.commit('2022-04-05', 'virtio_net: count them', { b: '2\n' });
    assert.deepEqual(await state(), [`${mail} merged in master after v2022.01`]);
    repository.git('2022-04-06', 'tag', '-a', '-m', 'rc', 'v2022.04-rc2');
    repository.commit('2022-04-06', 'more', { c: '3\n' });
    repository.git('2022-04-08', 'tag', '-a', '-m', 'rc', 'v2022.04-rc3');
    assert.deepEqual(await state(), [`${mail} merged in v2022.04-rc2`]);
    // As of an earlier week it was not merged.
    assert.deepEqual(await state({ from: '2022-03-28', to: '2022-04-03' }), [`${mail} -`]);
  });

  it('finds a patch by its patch-id where a maintainer changed the subject', async (context) => {
    const folder = temporaryFolder(context);
    const repository = new Repository(join(folder, 'clone'));
    repository.commit('2022-01-10', 'start', { 'a file': '1\n2\n3\n', b: '1\n' });
    repository.git('2022-04-04', 'checkout', '-q', '-b', 'mine');
    const commit = repository.commit('2022-04-04', 'net: fix it', { 'a file': '1\n2\n3\n4\n' });
    mkdirSync(join(folder, 'mail'));
    const patch = repository.git('2022-04-04', 'format-patch', '--stdout', '-1', commit);
    writeFileSync(join(folder, 'mail', '1.eml'), patch.replace(/^From [0-9a-f]+ .*\n/, 'Message-ID: <1@x>\n'));
    repository.git('2022-04-04', 'checkout', '-q', 'master');
    repository.commit('2022-04-04', 'unrelated', { 'a file': '0\n1\n2\n3\n' });
    repository.git('2022-04-05', 'cherry-pick', '--no-commit', commit);
    repository.git('2022-04-05', 'commit', '-q', '-m', 'network: mend it');
    repository.git('2022-04-05', 'tag', 'v1');
    const clones = [{ name: 'u-boot', path: repository.path }];
    const { texts } = await ask({ mailboxes: [join(folder, 'mail')], clones });
    assert.deepEqual(texts, ['new net: fix it: v1 2022-04-04; merged in v1']);
  });

  it('says what is wrong with a clone and goes on', async (context) => {
    const folder = temporaryFolder(context);
    new Repository(join(folder, 'empty'));
    new Repository(join(folder, 'ok')).commit('2022-01-01', 'start', { a: '1' });
    const clones = [
      { name: 'gone', path: '/no/such' },
      { name: 'empty', path: join(folder, 'empty') },
      { name: 'ok', path: join(folder, 'ok'), branch: 'nowhere' },
    ];
    const { texts, problems } = await ask({ names: ['a: b', '--output=/tmp/x: y'], mailboxes: ['/no/mbox'], clones });
    assert.ok(texts.every((text) => text.endsWith(': -; -')));
    const said = problems.join('\n');
    for (const pattern of [
      /^mailbox \/no\/mbox: ENOENT/m,
      /^clone gone: \/no\/such: /m,
      /^clone empty: .*no commit/m,
      /^clone ok: .* nowhere/m,
    ])
      assert.match(said, pattern);
  });
});
