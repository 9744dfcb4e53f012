// SPDX-License-Identifier: GPL-2.0-only
/**
 * A report through five weeks: runs, a note, a newer version and its merge, a holiday that passes, a card that comes and a
 * series that is dropped. Every mail is compared to the letter.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, describe, it } from 'node:test';
import { readCalendars } from '../../../src/weekly/calendar.ts';
import { makeDraft } from '../../../src/weekly/draft.ts';
import type { DraftSource } from '../../../src/weekly/draft-context.ts';
import { type Facts, type RunFact, readFacts } from '../../../src/weekly/facts.ts';
import { addNote, placeNamed } from '../../../src/weekly/new-lines.ts';
import { parseMail } from '../../../src/weekly/parse-mail.ts';
import type { PatchFact } from '../../../src/weekly/patch-facts.ts';
import { readSettings } from '../../../src/weekly/settings.ts';
import { addDays } from '../../../src/weekly/week.ts';
import { assertGolden } from '../../fixtures/golden.ts';
import { projectFolder } from '../../fixtures/project-folder.ts';

const EXAMPLE = join(projectFolder(), 'examples', 'weekly');
const SERIES = 'virtio_net: complete the checksum before XDP sees the frame';
const NOTHING: Facts = { runs: [], diagnoses: [], strangers: [], problems: [] };

const sent = (version: number, day: string, reviews = ''): PatchFact => ({
  name: 'virtio/complete_checksum',
  title: SERIES,
  sent: { version, rfc: false, day, reviews },
  merged: null,
});

interface Week {
  readonly to: string;
  readonly facts?: Facts;
  readonly patches?: readonly PatchFact[];
  /** What the writer does with the draft. */
  write?(draft: string): string;
}

const replaced = (text: string, from: string, to: string): string => {
  assert.ok(text.includes(from), `no ${from} in\n${text}`);
  return text.replace(from, to);
};

const noted = (text: string, place: string, note: string): string => {
  const mail = parseMail(text);
  const found = placeNamed(mail, place);
  assert.ok(found !== null);
  return addNote(mail, found, { text: note, earlier: [] });
};

/** The run of another day, twice as fast. */
function again(run: RunFact, day: string): RunFact {
  const id = run.id.replace(/^\d{8}/, day.replaceAll('-', ''));
  const probes = run.report.probes.map((part) => ({
    ...part,
    cells: part.cells.map((cell) =>
      cell.unit === undefined ? { ...cell, p50Ns: cell.p50Ns / 2, meanNs: cell.meanNs / 2 } : cell,
    ),
  }));
  return { ...run, id, day, startedAt: `${day}T10:00:00.000Z`, report: { ...run.report, probes } };
}

describe('five weeks', () => {
  let measured: Facts = NOTHING;
  const settings = readSettings(EXAMPLE);

  before(async () => {
    const root = join(EXAMPLE, 'recorded');
    measured = await readFacts({ root, timeZone: 'UTC', from: '2026-11-23', to: '2026-11-29', isWanted: () => true });
  });

  it('each mail is the one before, with what is known since', () => {
    const [run] = measured.runs;
    assert.ok(run !== undefined);
    const weeks: readonly Week[] = [
      {
        to: '2026-11-27',
        facts: measured,
        patches: [sent(2, '2026-11-24')],
        write: (draft) => noted(draft, 'STR-60', 'The board boots in 1.9 s; half of it is the memory test'),
      },
      {
        to: '2026-12-04',
        patches: [sent(2, '2026-11-24', 'Reviewed-by 1')],
        write: (draft) => {
          const card = '[STR-80] (A second queue)\n  a. one queue: OK\n  b. two queues: todo\n  - started\n\n';
          const series = '  - virtio/second_queue v1: submitted on 12/2\n';
          const first = '  - virtio/complete_checksum v2: submitted on 11/24, Reviewed-by 1\n';
          return replaced(replaced(draft, '=== Firmware ===\n', `${card}=== Firmware ===\n`), first, first + series);
        },
      },
      {
        to: '2026-12-11',
        facts: { ...NOTHING, runs: [again(run, '2026-12-09')] },
        write: (draft) => replaced(draft, '  - virtio/second_queue v1: submitted on 12/2\n', ''),
      },
      {
        to: '2026-12-18',
        patches: [{ ...sent(2, '2026-11-24', 'Reviewed-by 1'), merged: 'merged in v6.20-rc1' }],
        write: (draft) => noted(draft, 'upstream', 'Asked about the second series'),
      },
      { to: '2026-12-24' },
    ];
    let last = { text: readFileSync(join(EXAMPLE, 'old-mail.txt'), 'utf8'), day: '2026-11-20' };
    const earlier: string[] = [];
    for (const { to, facts = NOTHING, patches = [], write = (draft: string) => draft } of weeks) {
      const window = { from: addDays(to, -4), to: addDays(to, 28) };
      const { events } = readCalendars(settings.calendars, 'UTC', window);
      const known: DraftSource['known'] = { facts, patches, events };
      const { text, changes } = makeDraft({ last, earlier, span: { from: addDays(to, -4), to }, settings, known });
      assert.ok(changes.length > 0);
      earlier.unshift(last.text);
      last = { text: write(text), day: to };
      assertGolden(join('weekly', 'five-weeks', `${to}.txt`), last.text);
    }
  });
});
