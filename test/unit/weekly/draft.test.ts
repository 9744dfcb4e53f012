// SPDX-License-Identifier: GPL-2.0-only
/** The next mail out of one in many habits: what goes, what stays in whose words, and what is never claimed. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { parseResults } from '../../../src/results/run/parse.ts';
import type { Holiday } from '../../../src/weekly/calendar.ts';
import { notUnderstood } from '../../../src/weekly/describe-mail.ts';
import { makeDraft } from '../../../src/weekly/draft.ts';
import type { Facts, RunFact } from '../../../src/weekly/facts.ts';
import { nodesOf } from '../../../src/weekly/mail-tree.ts';
import { parseMail } from '../../../src/weekly/parse-mail.ts';
import type { PatchFact } from '../../../src/weekly/patch-facts.ts';
import { readSettings } from '../../../src/weekly/settings.ts';
import { projectFolder } from '../../fixtures/project-folder.ts';

const RUN = '20261125-211243-6f89-str-68';
const NOTHING: Facts = { runs: [], diagnoses: [], strangers: [], problems: [] };

interface Known {
  readonly earlier?: readonly string[];
  readonly facts?: Facts;
  readonly patches?: readonly PatchFact[];
  readonly events?: readonly Holiday[];
  readonly to?: string;
  readonly settings?: Partial<ReturnType<typeof readSettings>>;
}

/** The draft of the week after 2022-03-18. */
function next(
  text: string,
  { earlier = [], facts = NOTHING, patches = [], events = [], to = '2022-03-25', settings = {} }: Known = {},
): string {
  const all = { ...readSettings('/no/reports'), ...settings };
  const last = { text, day: '2022-03-18' };
  return makeDraft({
    last,
    earlier,
    span: { from: '2022-03-21', to },
    settings: all,
    known: { facts, patches, events },
  }).text;
}

/** The recorded run of the example, under a label. */
function measured(label: string): Facts {
  const file = join(projectFolder(), 'examples', 'weekly', 'recorded', RUN, 'results.json');
  const report = parseResults(JSON.parse(readFileSync(file, 'utf8')));
  assert.ok(report !== null);
  const run: RunFact = { id: RUN, label, day: '2022-03-23', startedAt: '2022-03-23T10:00:00Z', report };
  return { ...NOTHING, runs: [run] };
}

describe('dates of a mail', () => {
  const subjects: readonly (readonly [string, string])[] = [
    ['[Weekly] Week ending 2022-03-18', '[Weekly] Week ending 2022-03-25'],
    ['Weekly status w/e 18.03.2022', 'Weekly status w/e 25.03.2022'],
    ['weekly 18/03/2022', 'weekly 25/03/2022'],
    ['週報 2022年3月18日', '週報 2022年3月25日'],
    ['Status, March 14-18, 2022', 'Status, March 21-25, 2022'],
    ['Weekly report, Mar 14 - Mar 18 2022', 'Weekly report, Mar 21 - Mar 25 2022'],
    ['Weekly report, 14 Mar - 18 Mar 2022', 'Weekly report, 21 Mar - 25 Mar 2022'],
    ['Status of 14 - 18 March', 'Status of 21 - 25 March'],
    ['Report CW11', 'Report CW12'],
    ['Report week 11, 2022', 'Report week 12, 2022'],
    ['[2022-W11] weekly for v2022.04', '[2022-W12] weekly for v2022.04'],
    ['Weekly Mar 18th', 'Weekly Mar 25th'],
    ['Weekly of Friday', 'Weekly of Friday'],
  ];
  for (const [before, after] of subjects)
    it(`"${before}" goes on as "${after}"`, () => {
      assert.match(
        next(`Subject: ${before}\n\n== Lab ==\nNone\n`),
        new RegExp(`^Subject: ${after.replace(/[[\]]/g, '\\$&')}$`, 'm'),
      );
    });

  it('have the year that stands at the end of a range, whatever the day on which they are read', () => {
    for (const words of ['Mar 14 - Mar 18 2022', '14 Mar - 18 Mar 2022', 'Dec 29 - Mar 18 2022'])
      assert.equal(parseMail(`Subject: Weekly, ${words}\n\n== Lab ==\n`, '2026-11-30').day, '2022-03-18');
  });

  it('take the weekday with them, and leave every other date alone', () => {
    const text =
      'Subject: weekly 2022-03-18\nDate: Fri, 18 Mar 2022 10:00:00 +0100\nMessage-ID: <1@x>\n\nWeek 2022-03-14 to 2022-03-18; release on 2022-04-04.\n\n== Lab ==\nNone\n';
    const draft = next(text, { to: '2022-03-24' });
    assert.match(draft, /^Date: Thu, 24 Mar 2022 10:00:00 \+0100$/m);
    assert.match(draft, /^Week 2022-03-21 to 2022-03-24; release on 2022-04-04\.$/m);
    assert.doesNotMatch(draft, /Message-ID/);
  });
});

describe('what has no news', () => {
  it('says what its writer says there: in this place, else in this mail, else before', () => {
    const text =
      '== A ==\n[A-1] (x)\n* done\n\n[A-2] (y)\n  (no update)\n\n== B ==\n* b\n\n== C ==\nNo progress\n\n== Issues ==\nNone\n';
    assert.equal(
      next(text, { earlier: ['== A ==\n[A-1] (x)\n   nothing new\n'] }),
      '== A ==\n[A-1] (x)\n   nothing new\n\n[A-2] (y)\n  (no update)\n\n== B ==\nNo progress\n\n== C ==\nNo progress\n\n== Issues ==\nNone\n',
    );
  });

  it('keeps a topic that once had nothing below it, and what stands', () => {
    const text =
      '== A ==\n* USB names\n  No progress\n* reviewed\n\n== Issues ==\n* the board is broken\n\n== Next week ==\n1. repair it\n';
    assert.equal(
      next(text),
      '== A ==\n* USB names\n  No progress\n\n== Issues ==\n* the board is broken\n\n== Next week ==\n1. repair it\n',
    );
  });

  it('says so in a section whose news went, whatever is in the sections below it', () => {
    const text = 'Boot\n====\n* booted\n\n(MISC)\n* read\n';
    const draft = 'Boot\n====\nNo progress\n\n(MISC)\nNo progress\n';
    assert.equal(next(text), draft);
    assert.equal(next(draft), draft);
    assert.equal(next('# Weekly\n\n## Lab\nNone\n'), '# Weekly\n\n## Lab\nNone\n');
  });

  it('keeps a table, with its week where it has none', () => {
    const text = '== A ==\n[A-1] (x)\n* measured\n\n  Latency:\n  path   p50   p99\n  tap   42.0  99.0  <= new\n';
    assert.match(next(text), /\n {2}Latency \(2022-W11\):\n {2}path {3}p50 {3}p99\n {2}tap {3}42\.0 {2}99\.0\n$/);
    assert.equal(next(next(text)).match(/2022-W/g)?.length, 1);
  });

  it('leaves a greeting, a signature and what is not understood where they are', () => {
    const text = 'Hi,\n\n== A ==\n* x\n\n> quoted\n\nRegards\n-- \n* A.\n';
    const draft = next(text);
    assert.match(draft, /^Hi,\n\n== A ==\nNo progress\n/);
    assert.match(draft, /> quoted\n[\s\S]*-- \n\* A\.\n$/);
  });
});

describe('footnotes', () => {
  it('of sections are numbered over the whole mail, each with its own text, and unused ones go', () => {
    const text =
      '== Lab ==\n[A-1] (x) [1]\n* based on [2]\n\n[1] one\n[2] gone\n\n== Boot ==\n[B-2] (y) [1]\n\n[1] two\n    of two lines\n[7] a link that nothing refers to\n';
    assert.equal(
      next(text),
      '== Lab ==\n[A-1] (x) [1]\n  (no update)\n\n[1] one\n\n== Boot ==\n[B-2] (y) [2]\n  (no update)\n\n[2] two\n    of two lines\n[3] a link that nothing refers to\n',
    );
  });
});

it('footnotes stay in the order of their list, also around one that nothing refers to', () => {
  const text = '== Issues ==\n* see [2], then [3]\n\n[1] a link\n[2] two\n[3] three\n';
  assert.equal(next(text), text);
  const gone = '== Lab ==\n[A-1] (x) [3]\n* see [2]\n\n[1] a link\n[2] two\n[3] three\n';
  assert.match(next(gone), /\(x\) \[2\]\n[\s\S]*\n\[1\] a link\n\[2\] three\n$/);
});

describe('a calendar', () => {
  const events = [
    { from: '2022-03-28', to: '2022-03-28', what: 'Bank holiday' },
    { from: '2022-04-04', to: '2022-04-06', what: 'Meeting' },
  ];

  it('comes in between its neighbours in their form, and what is past goes', () => {
    const text = '== Holidays ==\n* Mar 18 (Fri): past\n* Mar 21 (Mon): now\n* Mar 30-31: days off\n';
    assert.equal(
      next(text, { events }),
      '== Holidays ==\n* Mar 21 (Mon): now\n* Mar 28 (Mon): Bank holiday\n* Mar 30-31: days off\n* Apr 4-6: Meeting\n',
    );
  });

  it('is told once, replaces "None", and has a section where there is none', () => {
    const told = '== Holidays ==\n* 3/28: bank holiday\n* 4/4 - 4/6: meeting\n';
    assert.equal(next(told, { events }), told);
    assert.equal(
      next('== Holidays ==\nNone\n', { events: events.slice(0, 1) }),
      '== Holidays ==\n  - 2022-03-28: Bank holiday\n',
    );
    assert.match(next('=== A ===\nNone\n', { events }), /\n\n=== Travel & Holiday & Event ===\n {2}- 2022-03-28: Bank/);
  });
});

describe('patches', () => {
  const fact = (name: string | null, sent: PatchFact['sent'], merged: string | null = null): PatchFact => ({
    name,
    title: 'disk: add checks',
    sent,
    merged,
  });
  const sent = (version: number, reviews = '') => ({ version, rfc: false, day: '2022-03-22', reviews });
  const text =
    '=== Patch status ===\n    boot/disk v3: sent on 3/8\n    boot/usb rfc: waits\n    boot/auth v2: to be merged\n';

  it('have the version, the words and the form of their writer', () => {
    const draft = next(text, { patches: [fact('boot/disk', sent(4, 'Acked-by 1')), fact(null, sent(1))] });
    assert.equal(
      draft,
      '=== Patch status ===\n    boot/disk v4: sent on 3/22, Acked-by 1\n    boot/usb rfc: waits\n    boot/auth v2: to be merged\n    "disk: add checks": sent on 3/22\n',
    );
  });

  it('stay as they are where no more is known, and go in the week after they were merged', () => {
    assert.equal(next(text, { patches: [fact('boot/disk', sent(3))] }), text);
    const merged = next(text, { patches: [fact('boot/disk', sent(3), 'merged in v1')] });
    assert.match(merged, /boot\/disk v3: merged in v1\n/);
    assert.doesNotMatch(next(merged), /boot\/disk/);
    assert.equal(next('== Patches ==\n* a/b v1: merged in v1\n'), '== Patches ==\nNone\n');
  });
});

describe('runs', () => {
  it('change the state of the paths that they measured, in the words of the writer, and no other', () => {
    const text =
      '== Lab ==\n[STR-68] (x)\n  a.tap + bridge: not tried yet\n  b) tap, slow: todo\n  c. user NAT => broken\n  d. macvtap (works)\n  e. mac: done\n';
    const draft = next(text, { facts: measured('str-68-again') });
    assert.match(
      draft,
      new RegExp(
        `^ {2}a\\.tap \\+ bridge: not tried yet\n {2}b\\) tap, slow: todo\n {2}c\\. user NAT => works \\(run ${RUN}\\)\n {2}d\\. macvtap \\(works\\)\n {2}e\\. mac: done$`,
        'm',
      ),
    );
    const named = { cards: { 'STR-68': { runs: ['other'], labs: [], paths: { 'tap + bridge': 'tap' } } } };
    assert.match(next(text, { facts: measured('other'), settings: named }), /a\.tap \+ bridge: works \(run/);
    assert.doesNotMatch(next(text, { facts: measured('another') }), /run 2026/);
  });

  it('leave a line alone that names more than their path', () => {
    const text = '== Lab ==\n[STR-68] (x)\n  a. macvtap+vlan: todo\n  b. user + vhost: todo\n';
    const draft = next(text, { facts: measured('str-68') });
    for (const line of ['  a. macvtap+vlan: todo\n', '  b. user + vhost: todo\n'])
      assert.ok(draft.includes(line), draft);
  });

  it('say of the figures in a table that they are of the overview', () => {
    assert.match(next('== Lab ==\n[STR-68] (x)\n', { facts: measured('str-68') }), /overview,\s+one\s+plugging/);
  });

  it('fill the columns of a table of its writer, and leave one in another unit alone', () => {
    const rows = '  | path | median | note |\n  |------|--------|------|\n  | tap  | 0.2    | of old |\n';
    const text = `== Lab ==\n[STR-68] (x)\n  Latency, back to back\n  name       p50 [us]   p99 [us]   note\n  user NAT         12         30   slow\n  nested           13         40   odd\n\n  In ms:\n${rows}`;
    const draft = next(text, { facts: measured('str-68') });
    assert.match(draft, /\n {2}user NAT {6}239\.0 {6}419\.1 {3}slow {2}<= new\n {2}nested {11}13 {9}40 {3}odd\n/);
    assert.ok(draft.includes(rows));
  });
});

it('a report whose headings are not known loses none of its lines', () => {
  const text =
    '1. Accomplishments\n - booted the board\n2. Plans\n - measure macvtap\n3. Issues\n - none of them new\n';
  for (const line of text.trimEnd().split('\n')) assert.ok(next(text).includes(line), line);
});

describe('what is not understood', () => {
  it('stays: a heading of no known kind with its bullets, below a known section', () => {
    const block = 'Highlights\n- booted the board\n- wrote it down\n\n1. Achievements\n - first\n';
    assert.equal(next(`== Lab ==\n* measured\n\n${block}`), `== Lab ==\nNo progress\n\n${block}`);
  });

  it('stays: a checklist with numbers, and news with numbers goes', () => {
    const block = '1. tap: todo\n2. macvtap: done\n3. vhost: odd\n4. xen: todo\n';
    assert.equal(next(`== Lab ==\n[NET-1] (x)\n${block}`).includes(block), true);
    assert.equal(nodesOf(parseMail(`== Lab ==\n${block}`).nodes, 'item').length, 4);
    const news = '== Lab ==\n1. tap: fixed the driver\n2. board: works since the new cable\n';
    assert.equal(next(news), '== Lab ==\nNo progress\n');
  });

  it('stays: a checklist with numbers and a reason on every line', () => {
    for (const block of [
      '1. tap: failed: frames are dropped\n2. user: OK (twice)\n',
      '1) tap - done\n2) user - todo: soon\n',
    ])
      assert.ok(next(`== Lab ==\n[NET-1] (x)\n${block}`).includes(block), block);
  });

  it('stays: titles with numbers, each with a list below it; news with numbers and lists goes', () => {
    const titles = '== Lab ==\n1. Boot time\n - measured it\n\n2. Round trips\n - wrote it down\n';
    assert.equal(next(titles), titles);
    const news = '== Lab ==\n1. Measured the boot\n - twice\n2. Round trips\n - wrote it down\n';
    assert.equal(next(news), '== Lab ==\nNo progress\n');
  });

  it('stays: a title with a number beside cards that have one', () => {
    const text =
      '== Lab ==\n1) NET-12: boot time\n - measured it\n\n2) NET-13: round trips\n  Wrote it down.\n\n3) Misc\n - Mar 28-31: days off\n';
    assert.equal(
      next(text),
      '== Lab ==\n1) NET-12: boot time\n  (no update)\n\n2) NET-13: round trips\n  (no update)\n\n3) Misc\n - Mar 28-31: days off\n',
    );
    assert.deepEqual(notUnderstood(parseMail(text)), [{ line: 8, text: '3) Misc' }]);
  });

  it('a table of tasks is none of results, and gets no week', () => {
    const text = '== Lab ==\n| task | who | due |\n|---|---|---|\n| switch | A. | 3/25 |\n| bridge | B. | soon |\n';
    assert.equal(next(text), text);
  });
});

describe('layouts of others', () => {
  it('cards of "* KEY [title]" and underlined ones say that nothing is new', () => {
    const text =
      'Boot\n====\n\n* NET-1 [round trip times]\n  - measured\n\nNET-2 throughput\n----------------\n- done\n';
    assert.equal(
      next(text),
      'Boot\n====\n\n* NET-1 [round trip times]\n  (no update)\n\nNET-2 throughput\n----------------\n  (no update)\n',
    );
  });

  it('of org-mode: what is DONE goes, what is TODO stands, and the date moves on', () => {
    const text =
      '#+TITLE: weekly\n#+DATE: <2022-03-18 Fri>\n* Lab\n** DONE measured it\n   - twice\n** TODO the switch\n';
    const draft = next(text, { to: '2022-03-24' });
    assert.equal(draft, '#+TITLE: weekly\n#+DATE: <2022-03-24 Thu>\n* Lab\nNo progress\n** TODO the switch\n');
    assert.equal(parseMail(text).day, '2022-03-18');
    assert.equal(next('* Lab\n** TODO x\n** Next week\n** DONE it\n'), '* Lab\n** TODO x\n** Next week\nNone\n');
  });

  it('of Markdown: what is ticked off goes, what is open stands', () => {
    const text = '## Done\n- [x] measured\n- [ ] the switch\n- [-] half of it\n';
    assert.equal(next(text), '## Done\nNo progress\n- [ ] the switch\n- [-] half of it\n');
  });

  it('an action item is no card', () => {
    for (const text of ['== Lab ==\nAI-1: ask the vendor\n', '== Next week ==\nNET-1: measure\n'])
      assert.equal(nodesOf(parseMail(text).nodes, 'card').length, 0);
  });

  it('a subject with 20220318 outweighs the day on which it was sent', () => {
    const text = 'Subject: weekly 20220318\nDate: Mon, 21 Mar 2022 09:00:00 +0000\n\n== Lab ==\nNone\n';
    assert.equal(parseMail(text).day, '2022-03-18');
    assert.match(next(text), /^Subject: weekly 20220325$/m);
  });
});
