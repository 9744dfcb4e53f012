// SPDX-License-Identifier: GPL-2.0-only
/** What a report says of a week: states, figures, what is new, what is not said twice, and nothing that a terminal obeys. */
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import PostalMime from 'postal-mime';
import { weeklyReport } from '../../../src/cli/weekly/weekly-sources.ts';
import type { Diagnosis } from '../../../src/model/diagnosis.ts';
import { HoplabError } from '../../../src/model/errors.ts';
import type { Report } from '../../../src/model/result.ts';
import { readNotebook } from '../../../src/weekly/read-notebook.ts';
import { foldField, quotedPrintable, renderEml } from '../../../src/weekly/render-eml.ts';
import { renderWeeklyHtml } from '../../../src/weekly/render-html.ts';
import { renderWeeklyText } from '../../../src/weekly/render-text.ts';
import { keepReport } from '../../../src/weekly/sent.ts';
import { essence, sameEssence } from '../../../src/weekly/told.ts';
import { projectFolder } from '../../fixtures/project-folder.ts';
import { recordedDiagnosis } from '../../fixtures/recorded-diagnosis.ts';
import { temporaryFolder } from '../../fixtures/temporary-folder.ts';

const RECORDED = join(projectFolder(), 'examples', 'weekly', 'recorded', '20261125-211243-6f89-str-68');
const idle = {
  argv: [],
  signal: new AbortController().signal,
  print: () => undefined,
  say: () => undefined,
  finish: () => undefined,
};

/** A notebook with one card, and runs that are variations of a recorded one. */
class Desk {
  readonly folder: string;
  readonly runs: string;

  constructor(context: TestContext, card = '', head = '') {
    this.folder = temporaryFolder(context);
    this.runs = join(this.folder, 'runs');
    this.write('notebook.yaml', `timezone: UTC\nruns: runs\nprograms: [p]\n${head}`);
    this.card(card);
  }

  write(name: string, text: string): void {
    mkdirSync(dirname(join(this.folder, name)), { recursive: true });
    writeFileSync(join(this.folder, name), text);
  }

  card(front: string, notes = ''): void {
    this.write('cards/STR-1.md', `---\nid: STR-1\ntitle: t\nprogram: p\n${front}---\n${notes}`);
  }

  run(day: string, change: (report: Report) => Report = (report) => report, label = 'l'): string {
    const id = `${day.replaceAll('-', '')}-100000-abcd-${label}`;
    const report: Report = JSON.parse(readFileSync(join(RECORDED, 'results.json'), 'utf8'));
    const run = { ...report.run, id, label, startedAt: `${day}T10:00:00.000Z`, endedAt: `${day}T10:01:00.000Z` };
    this.write(`runs/${id}/run.json`, JSON.stringify(run));
    this.write(`runs/${id}/results.json`, JSON.stringify(change({ ...report, run })));
    return id;
  }

  diagnosis(day: string, change: (diagnosis: Diagnosis) => unknown): string {
    const id = `${day.replaceAll('-', '')}-110000-abcd`;
    const diagnosis = { ...recordedDiagnosis('cured'), id, startedAt: `${day}T11:00:00.000Z` };
    this.write(`runs/diagnoses/${id}/diagnosis.json`, JSON.stringify(change(diagnosis)));
    return id;
  }

  async report(ending = '2026-11-27') {
    return (await weeklyReport({ notebook: this.folder, ending }, idle)).report;
  }

  async text(ending?: string): Promise<string> {
    return renderWeeklyText(await this.report(ending));
  }
}

const FOUR =
  'configurations: [{name: one, path: host}, {name: two, path: tap}, {name: three, path: macvtap}, four]\nruns: [l]\n';
const statesIn = (text: string) =>
  text.match(/^ {2}[a-z]\. .*(?:\n {5}\S.*)*/gm)?.map((line) => line.replace(/\n\s+/g, ' ').trim()) ?? [];
const withCells =
  (change: (cell: Report['probes'][number]['cells'][number]) => object | null) =>
  (report: Report): Report => ({
    ...report,
    probes: report.probes.map((probe) => ({
      ...probe,
      cells: probe.cells.flatMap((cell) => {
        const made = change(cell);
        return made === null ? [] : [{ ...cell, ...made }];
      }),
    })),
  });

describe('the checklist', () => {
  it('is OK for what was measured and proven, failed with the reason, and under investigation for a note alone', async (context) => {
    const desk = new Desk(context);
    desk.card(FOUR, '## 2026-11-24\n\nd. waiting for a board\n');
    const failed = {
      part: 'overview',
      probe: 'tcp-rr',
      path: 'macvtap',
      draw: null,
      code: 'GUEST_GONE',
      reason: 'the guest ended',
      hint: null,
    } as const;
    desk.run('2026-11-24', (report) => ({
      ...withCells(({ path }) => (path === 'macvtap' ? null : path === 'tap' ? { proven: false } : {}))(report),
      failed: [failed],
    }));
    assert.deepEqual(statesIn(await desk.text()), [
      'a. one ..... OK [1]',
      'b. two ..... under investigation: it was measured, and the counters along the path do not show its packets [1]',
      'c. three ... failed: the guest ended (GUEST_GONE) [2]',
      'd. four .... under investigation: waiting for a board',
    ]);
  });

  it('follows the newest word: a measurement outweighs a note of its day, a later note outweighs it', async (context) => {
    const desk = new Desk(context);
    desk.run('2026-11-24');
    desk.card(
      FOUR,
      '## 2026-11-24\n\na. failed: by hand\n\n## 2026-11-25\n\nb. two: failed: it broke\n\n## 2026-11-17\n\nd. OK\n',
    );
    assert.deepEqual(statesIn(await desk.text()), [
      'a. one ..... OK [1]',
      'b. two ..... failed: it broke',
      'c. three ... OK [1]',
      'd. four .... OK (2026-W47)',
    ]);
    assert.deepEqual(statesIn(await desk.text('2026-11-22')), [
      'a. one ..... not tested yet',
      'b. two ..... not tested yet',
      'c. three ... not tested yet',
      'd. four .... OK',
    ]);
  });

  it('takes its word from diagnoses: certain is failed, likely is under investigation, healed says by what', async (context) => {
    const recorded = recordedDiagnosis('cured');
    const [first] = recorded.paths.filter(({ verdicts }) => verdicts.some(({ severity }) => severity === 'broken'));
    const path = first?.path ?? '';
    const desk = new Desk(context);
    desk.card(`configurations: [{name: x, diagnosis: ${recorded.lab}/${path}}, {name: y, diagnosis: other/${path}}]\n`);
    const certainty = (confidence: string) => (diagnosis: Diagnosis) => ({
      ...diagnosis,
      paths: diagnosis.paths.map((each) => ({
        ...each,
        verdicts: each.verdicts.map((verdict) => ({ ...verdict, confidence })),
      })),
    });
    const id = desk.diagnosis('2026-11-24', certainty('certain'));
    const [state = '', other] = statesIn(await desk.text());
    assert.match(state, /^a\. x \.\.\. failed: .*; healed by: .*\[1\]$/);
    assert.equal(other, 'b. y ... not tested yet');
    assert.match((await desk.report()).footnotes[0] ?? '', new RegExp(`^diagnosis ${id}: [a-z-]+ \\(certain\\)`));
    desk.diagnosis('2026-11-25', certainty('likely'));
    assert.match(statesIn(await desk.text())[0] ?? '', /^a\. x \.\.\. under investigation: likely: /);
    desk.diagnosis('2026-11-26', (diagnosis) => ({
      ...diagnosis,
      paths: diagnosis.paths.map((each) => ({ ...each, verdicts: [], ladders: [] })),
    }));
    assert.match(statesIn(await desk.text())[0] ?? '', /^a\. x \.\.\. OK: every protocol passes; not measured \[1\]$/);
  });
});

describe('the table', () => {
  it('keeps a figure that was not measured again, with its own run, and marks what is new', async (context) => {
    const desk = new Desk(context, FOUR);
    const old = desk.run('2026-11-10');
    const last = desk.run(
      '2026-11-24',
      withCells(({ path }) => (path === 'host' ? {} : null)),
    );
    const text = await desk.text();
    const rows = text.split('\n').filter((line) => /^ {4}(?:host|tap|macvtap|user) /.test(line));
    assert.equal(rows.length, 8);
    for (const row of rows) assert.match(row, /^ {4}host/.test(row) ? / A {2}<= new$/ : / B$/);
    assert.match(text, new RegExp(`^ {4}A: run ${last} of 2026-11-24; back to back; `, 'm'));
    assert.match(text, new RegExp(`^ {4}B: run ${old} of 2026-11-10; `, 'm'));
    // Beyond `carry` weeks it goes.
    desk.write('notebook.yaml', 'timezone: UTC\nruns: runs\ncarry: 1\n');
    assert.doesNotMatch(await desk.text(), new RegExp(`run ${old} of `));
  });

  it('is of the newest run of the week, and names those before it', async (context) => {
    const desk = new Desk(context, FOUR);
    const first = desk.run('2026-11-23');
    desk.run('2026-11-24');
    assert.match(await desk.text(), new RegExp(`measured again since: ${first}`));
    assert.equal((await desk.text('2026-11-23')).match(/<= new/g)?.length, 8);
  });

  it('has the columns that the notebook asks for', async (context) => {
    const desk = new Desk(context, FOUR, 'columns: [path, p50, p99.9, rate]\n');
    desk.run('2026-11-24');
    assert.match(await desk.text(), /^ {4}path +p50 +p99\.9 +rate$/m);
  });

  it('is computed from the samples where a run did not write its results, and a damaged run is told', async (context) => {
    const desk = new Desk(context, FOUR);
    const id = desk.run('2026-11-24');
    desk.write(`runs/${id}/results.json`, '{');
    const { notices } = await desk.report();
    assert.match(notices.join('\n'), new RegExp(`run ${id}: `));
  });
});

describe('news', () => {
  it('is no bullet that an earlier note had, edited or not, and an old head of a new one', async (context) => {
    const desk = new Desk(context);
    desk.card(
      '',
      `## 2026-11-18

- The bridge answers ping, and netperf never connects
- p50 is 41 us
- head
  - old below it

## 2026-11-24

- The **bridge** answers ping and \`netperf\` never conects!
- p50 is 42 us
- head
  - old below it
  - new below it
- twice
- twice.
`,
    );
    const bullets = (await desk.text()).split('\n').filter((line) => /^ +- /.test(line));
    assert.deepEqual(bullets, ['  - p50 is 42 us', '  - head', '    - new below it', '  - twice']);
  });

  it('is what came after the last report was kept, and nothing that it had', async (context) => {
    const desk = new Desk(context, FOUR);
    const early = desk.run('2026-11-17');
    desk.card(FOUR, '## 2026-11-18\n\n- before the mail\n');
    const friday = await desk.report('2026-11-20');
    await keepReport(desk.folder, friday.week, renderWeeklyText(friday));
    desk.card(FOUR, '## 2026-11-18\n\n- before the mail\n\n## 2026-11-21\n\n- on Saturday\n');
    const late = desk.run('2026-11-22');
    const text = await desk.text();
    assert.match(text, /on Saturday/);
    assert.doesNotMatch(text, /before the mail/);
    assert.match(text, new RegExp(`run ${late}`));
    assert.doesNotMatch(text, new RegExp(`run ${early}`));
    // A second report of the same week does not take the place of the first.
    assert.match(await keepReport(desk.folder, '2026-W47', 'other\n'), /2026-W47-2\.txt$/);
  });

  it('leaves (no update) and No progress by themselves', async (context) => {
    const desk = new Desk(context, 'state: active\n');
    desk.write('cards/STR-2.md', '---\nid: STR-2\ntitle: u\nprogram: p\n---\n## 2026-11-24\n\n- x\n');
    desk.write('cards/STR-3.md', '---\nid: STR-3\ntitle: v\nprogram: q\n---\n## 2026-07-01\n\n- long ago\n');
    const text = await desk.text();
    assert.match(text, /\[STR-1\] \(t\)\n {2}\(no update\)/);
    assert.match(text, /=== q ===\nNo progress/);
    assert.doesNotMatch(text, /STR-3/);
  });

  it('takes texts for the same whatever their markup, and never two figures', () => {
    assert.equal(essence('**Done**: see [here](https://x) [^1], `a` (b).'), essence('done see here A b'));
    assert.ok(
      sameEssence(
        essence('measured the throughput of macvtap again'),
        essence('measured the throughputs of macvtap again'),
      ),
    );
    for (const [a, b] of [
      ['p50 is 41 us', 'p50 is 4.1 us'],
      ['it is now fixed', 'it is not fixed'],
      ['down by -3 %', 'down by 3 %'],
    ] as const)
      assert.ok(!sameEssence(essence(a), essence(b)), `${a} | ${b}`);
  });
});

describe('hostile names', () => {
  it('come out harmless in text, mail, page and JSON', async (context) => {
    const evil = '\u001b[31mred\u0007\u202e<script>alert(1)</script>\r\nBcc: x@y';
    const desk = new Desk(context);
    desk.write(
      'notebook.yaml',
      `timezone: UTC\nruns: runs\nsubject: ${JSON.stringify(evil)}\nfrom: ${JSON.stringify(`${evil} <a@b>`)}\n`,
    );
    desk.card(
      `owner: ${JSON.stringify(evil)}\nconfigurations: [{name: ${JSON.stringify(evil)}, path: host}]\nruns: [l]\n`,
      `## 2026-11-24\n\n- ${evil}\n\`\`\`\n${evil}\n\`\`\`\n| ${evil.replace('\r\n', '')} |\n|---|\n`,
    );
    desk.run('2026-11-24', (report) => ({
      ...withCells((cell) => ({ path: cell.path === 'tap' ? evil : cell.path }))(report),
      machine: { ...report.machine, hostname: evil },
    }));
    const report = await desk.report();
    const text = renderWeeklyText(report);
    const eml = renderEml(report, new Date('2026-11-27T12:00:00Z'));
    const page = renderWeeklyHtml(report);
    for (const rendered of [text, eml, page]) {
      assert.doesNotMatch(rendered.replace(/\r?\n/g, ''), /[\p{Cc}\u202e]/u);
    }
    assert.doesNotMatch(eml.split('\r\n\r\n')[0] ?? '', /^Bcc:/m);
    assert.doesNotMatch(page, /<script/);
    const mail = await PostalMime.parse(eml);
    assert.equal(mail.bcc, undefined);
    assert.equal(mail.from?.address, 'a@b');
  });
});

describe('the mail', () => {
  it('encodes what is not ASCII so that a library reads it back', async () => {
    const cases = ['Zoë', '漢字'.repeat(30), 'a=b _ ?', 'plain'];
    for (const subject of cases) {
      const head = foldField('Subject', subject);
      for (const line of head.split('\r\n')) assert.ok(line.length <= 78, line);
      assert.equal((await PostalMime.parse(`${head}\r\n\r\n`)).subject, subject);
    }
    const to = foldField('To', '"Müller, Ä" <m@example.org>, Zoë <z@example.org>, c@example.org');
    assert.deepEqual(
      (await PostalMime.parse(`${to}\r\n\r\n`)).to?.map((each) => each.address),
      ['m@example.org', 'z@example.org', 'c@example.org'],
    );
    for (const line of ['From here', 'x = 3 \u00e4', `${'漢'.repeat(80)} `, '', '.']) {
      const mail = `Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n${quotedPrintable(line)}\r\n`;
      assert.equal((await PostalMime.parse(mail)).text?.replace(/\n$/, ''), line);
      for (const one of quotedPrintable(line).split('\r\n')) assert.ok(one.length <= 76);
    }
  });
});

describe('a notebook', () => {
  it('with mistakes is refused in one go, with file, line and the nearest word', (context) => {
    const desk = new Desk(context, 'configuratons: []\nstate: doing\n');
    desk.write('notebook.yaml', 'programm: [x]\ntimezone: Mars/Olympus\ncolumns: [path, p95]\n');
    desk.write('cards/STR-2.md', 'no front matter\n');
    desk.write('cards/STR-3.md', '---\nid: ../../etc\ntitle: x\nprogram: p\n---\n\n## 2026-02-30\n\n- x\n');
    desk.write('cards/STR-4.md', '---\nid: STR-1\ntitle: [\n---\n');
    desk.write('events.yaml', '- {from: 2026-12-03, to: 2026-12-01, what: x}\n');
    assert.throws(
      () => readNotebook(desk.folder),
      (error) => {
        assert.ok(error instanceof HoplabError && error.code === 'NOTEBOOK_INVALID');
        for (const part of [
          'notebook.yaml:1:1: programm: unknown key (did you mean "programs"?)',
          'notebook.yaml:2:11: timezone: must be a name of the IANA data base',
          'p95',
          'STR-1.md:5:1: configuratons: unknown key (did you mean "configurations"?)',
          'STR-1.md:6:8: state: must be one of active, paused, done',
          'STR-2.md:1:1: a card begins with its front matter',
          'STR-3.md:2:5: id: must be of letters',
          'STR-3.md:7:1: a heading of notes is a day',
          'STR-4.md:4:1: Flow sequence',
          'events.yaml:1:3: [0]: ends before it begins',
        ])
          assert.ok(error.message.includes(part), `${part}\n${error.message}`);
        return true;
      },
    );
  });

  it('that names a label without a run says so', async (context) => {
    const desk = new Desk(context, 'runs: [nobody]\n');
    assert.match((await desk.report()).notices.join(), /STR-1: no run in .* has the label or id "nobody"/);
  });
});
