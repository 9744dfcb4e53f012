// SPDX-License-Identifier: GPL-2.0-only
/** Old reports of many hands are read into a notebook: their habits, encodings, and what cannot be placed. */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { HoplabError } from '../../../src/model/errors.ts';
import { readReportTexts } from '../../../src/weekly/decode-report.ts';
import { importReport } from '../../../src/weekly/import-report.ts';
import { parseReport } from '../../../src/weekly/parse-report.ts';
import { readNotebook } from '../../../src/weekly/read-notebook.ts';
import { temporaryFolder } from '../../fixtures/temporary-folder.ts';

const OLD = `From: Jürgen Example <juergen@example.org>
To: kvm-team@example.org
Subject: Weekly status
Date: Fri, 4 Mar 2022 17:03:11 +0900

Hi all,

== KVM networking ==

* [STR-68] Virtual machine networking performance
\t- measured host-to-host and tap with netperf TCP_RR on the
\t  board; bridge was idle [1]
\t  a) host-to-host: OK
\t  b) tap + bridge => OK
\t  c) XDP bridge - failed (checksum is not completed)
\t  d. user NAT ... under investigation, slow start
\t  o tried v5.17-rc6 as well
\t\t+ and rc5

\t              min   avg    max   stddev
\thost          21.6  45.3   938   23.7
\ttap           166   248    5821  96.1    <= new

STR-70: Firmware update
  (no update)

Upstream
========
No progress.

=== Patch status ===
 - "virtio_net: complete the checksum" v3 submitted on 3/1, merged in v5.17-rc7
=== Issues ===
 o board 2 does not boot since Tuesday, waiting for
   a new power supply

=== Travel & Holiday & Event ===
 3/21: Vernal Equinox Day
 - 4/29 - 5/5: Golden Week

[1] https://example.org/netperf.log
[2] https://example.org/nobody

--\u0020
John Doe
`;

async function importFile(context: TestContext, bytes: string | Buffer, name = 'old.txt') {
  const folder = temporaryFolder(context);
  const file = join(folder, name);
  writeFileSync(file, bytes);
  const notebook = join(folder, 'weekly');
  const imported = [];
  for (const { text, name: shown } of await readReportTexts(file))
    imported.push(await importReport(notebook, { name: shown, text, report: parseReport(text) }));
  return { imported, folder: notebook, notebook: readNotebook(notebook) };
}

/** What must come out however it was sent. */
function assertIsOld({ cards, programs, holidays, sections }: ReturnType<typeof readNotebook>): void {
  assert.deepEqual(
    programs.map(({ name }) => name),
    ['KVM networking', 'Upstream'],
  );
  const [first, second] = cards;
  assert.equal(first?.title, 'Virtual machine networking performance');
  assert.deepEqual(
    first?.configurations.map(({ letter, name }) => `${letter} ${name}`),
    ['a host-to-host', 'b tap + bridge', 'c XDP bridge', 'd user NAT'],
  );
  const [note] = first?.notes.notes ?? [];
  assert.equal(note?.day, '2022-03-04');
  assert.deepEqual(
    note?.states.map(({ letter, text }) => `${letter} ${text}`),
    [
      'a host-to-host ... OK',
      'b tap + bridge ... OK',
      'c XDP bridge ... failed (checksum is not completed)',
      'd user NAT ... under investigation, slow start',
    ],
  );
  const [bullet, tried, table] = note?.blocks ?? [];
  assert.equal(
    bullet?.kind === 'item' && bullet.text,
    'measured host-to-host and tap with netperf TCP_RR on the board; bridge was idle [^1]',
  );
  assert.ok(bullet?.kind === 'item' && bullet.children.length === 1, JSON.stringify(bullet));
  assert.equal(tried?.kind, 'verbatim');
  assert.deepEqual(tried?.kind === 'verbatim' && tried.lines.map((line) => line.trim().split(/\s+/)[0]), [
    'min',
    'host',
    'tap',
  ]);
  assert.equal(table, undefined);
  assert.equal(first?.notes.footnotes.get('1'), 'https://example.org/netperf.log');
  assert.equal(second?.title, 'Firmware update');
  assert.deepEqual(second?.notes.notes, []);
  assert.equal(second?.since, '2022-03-04');
  assert.deepEqual(
    holidays.map(({ from, to, what }) => `${from} ${to} ${what}`),
    ['2022-03-21 2022-03-21 Vernal Equinox Day', '2022-04-29 2022-05-05 Golden Week'],
  );
  const texts = sections.map(({ notes }) =>
    notes.notes.flatMap(({ blocks }) => blocks.map((block) => block.kind === 'item' && block.text)),
  );
  assert.deepEqual(texts, [
    ['"virtio_net: complete the checksum" v3 submitted on 3/1, merged in v5.17-rc7'],
    ['board 2 does not boot since Tuesday, waiting for a new power supply'],
    [],
  ]);
}

describe('an old report', () => {
  it('with tabs, five kinds of bullets, "a)" and "a.", underlined headings becomes cards, notes and events', async (context) => {
    const { notebook, imported, folder } = await importFile(context, OLD);
    assertIsOld(notebook);
    assert.deepEqual(
      imported[0]?.unplaced.map(({ line, text }) => `${line} ${text}`),
      ['6 Hi all,', '42 [2] https://example.org/nobody', '45 John Doe'],
    );
    const kept = readFileSync(join(folder, imported[0]?.unplacedFile ?? ''), 'utf8');
    assert.match(kept, /^6: Hi all,$/m);
    assert.equal(readFileSync(join(folder, 'sent', '2022-W09.txt'), 'utf8'), OLD.trimEnd().concat('\n'));
  });

  it('with CRLF, in ISO-8859-1, says the same', async (context) => {
    const { notebook } = await importFile(context, Buffer.from(OLD.replaceAll('\n', '\r\n'), 'latin1'));
    assertIsOld(notebook);
    assert.equal(notebook.from, 'Jürgen Example <juergen@example.org>');
  });

  it('as a mail in quoted-printable, and in an mbox among other mails, says the same', async (context) => {
    const [head = '', ...body] = OLD.split('\n\n');
    const subject = head.replace('Jürgen', '=?iso-8859-1?Q?J=FCrgen?=');
    const encoded = body.join('\n\n').replaceAll('=', '=3D').replaceAll('=3D=3D=3D Issues', '=3D=\n=3D=3D Issues');
    const mail = `${subject}\nMIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: quoted-printable\n\n${encoded}`;
    assertIsOld((await importFile(context, mail, 'old.eml')).notebook);
    const other = 'From bob@example.org Thu Mar  3 10:00:00 2022\nSubject: lunch\n\nFrom here it is close.\n\n';
    const { notebook, imported } = await importFile(
      context,
      `${other}From me@example.org Fri Mar  4 10:00:00 2022\n${mail}\n\n${other}`,
      'sent.mbox',
    );
    assertIsOld(notebook);
    assert.equal(imported.length, 1);
    assert.equal(notebook.from, 'Jürgen Example <juergen@example.org>');
  });

  it('quoted in a reply is read, and what the reply says itself is told apart', async (context) => {
    const [head = '', ...body] = OLD.split('\n\n');
    const quoted = body
      .join('\n\n')
      .trimEnd()
      .split('\n')
      .map((line) => (line === '' ? '>' : `> ${line}`))
      .join('\n');
    const reply = `${head.replace('Weekly', 'Re: Weekly')}\n\nOn Fri, Mar 4, 2022, John wrote:\n${quoted}\n\nThanks, looks good!\n`;
    const { notebook, imported } = await importFile(context, reply);
    assertIsOld(notebook);
    assert.ok(imported[0]?.unplaced.some(({ text }) => text === 'Thanks, looks good!'));
  });

  it('that is imported twice adds nothing, and a later one adds to the same card', async (context) => {
    const { folder, notebook } = await importFile(context, OLD);
    const again = await importReport(folder, { name: 'old.txt', text: OLD, report: parseReport(OLD) });
    assert.deepEqual([again.added, again.newCards], [0, []]);
    assert.deepEqual(readNotebook(folder), notebook);
    const later = OLD.replace('4 Mar 2022', '11 Mar 2022').replace(
      'c) XDP bridge - failed (checksum is not completed)',
      'c) XDP bridge: OK\n\t  e) OVS: todo',
    );
    await importReport(folder, { name: 'later.txt', text: later, report: parseReport(later) });
    const [card] = readNotebook(folder).cards;
    assert.deepEqual(
      card?.notes.notes.map(({ day }) => day),
      ['2022-03-04', '2022-03-11'],
    );
    assert.equal(card?.configurations.at(-1)?.name, 'OVS');
    assert.equal(card?.since, '2022-03-04');
    // The footnote with the same text keeps its name.
    assert.deepEqual([...(card?.notes.footnotes.keys() ?? [])], ['1']);
  });
});

describe('a file that is no report', () => {
  const cases: Readonly<Record<string, string | Buffer>> = {
    'without a date': '=== KVM ===\n[STR-1] (x)\n - y\n',
    'without a section': 'Date: Fri, 4 Mar 2022 10:00:00 +0000\n\nhello\n',
    binary: Buffer.from([0x7f, 0x45, 0x4c, 0x46, 0, 0, 0]),
    'a mail in HTML alone':
      'MIME-Version: 1.0\nContent-Type: application/pdf\nContent-Transfer-Encoding: base64\n\nAAAA\n',
  };
  for (const [name, bytes] of Object.entries(cases)) {
    it(`(${name}) is refused with what to do`, async (context) => {
      await assert.rejects(
        () => importFile(context, bytes),
        (error) => error instanceof HoplabError && error.code === 'REPORT_UNREADABLE' && (error.hint ?? '') !== '',
      );
    });
  }
});
