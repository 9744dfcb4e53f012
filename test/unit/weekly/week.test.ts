// SPDX-License-Identifier: GPL-2.0-only
/** Weeks of ISO 8601 at year ends, days of time zones, and the columns that a text takes. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { HoplabError } from '../../../src/model/errors.ts';
import {
  addDays,
  dayOf,
  momentOf,
  mondayOf,
  offsetMinutes,
  parseWeek,
  showOffset,
  spanOf,
  sundayOf,
  weekOf,
} from '../../../src/weekly/week.ts';

describe('a week', () => {
  it('belongs to the year that has its Thursday', () => {
    // Table of ISO 8601 examples: years of 52 and 53 weeks, and their borders.
    const known = {
      '2026-12-27': '2026-W52',
      '2026-12-28': '2026-W53',
      '2027-01-03': '2026-W53',
      '2027-01-04': '2027-W01',
      '2020-12-31': '2020-W53',
      '2021-01-03': '2020-W53',
      '2019-12-30': '2020-W01',
      '2005-01-01': '2004-W53',
      '2008-12-29': '2009-W01',
      '2010-01-03': '2009-W53',
      '2022-03-04': '2022-W09',
    };
    for (const [day, week] of Object.entries(known)) assert.equal(weekOf(day), week, day);
  });

  it('has a Monday and a Sunday, and every day is in one', () => {
    const days = fc.integer({ min: 0, max: 40_000 }).map((count) => addDays('1970-01-05', count));
    fc.assert(
      fc.property(days, (day) => {
        const monday = mondayOf(day);
        assert.ok(monday <= day && day <= sundayOf(day));
        assert.equal(parseWeek(weekOf(day)), monday);
        assert.equal(new Date(`${monday}T00:00:00Z`).getUTCDay(), 1);
      }),
    );
  });

  it('that a year does not have is refused', () => {
    assert.equal(parseWeek('2026-W53'), '2026-12-28');
    for (const text of ['2027-W53', '2026-W00', '2026-W54', '2026-47', 'W47', ''])
      assert.equal(parseWeek(text), null, text);
    assert.throws(() => spanOf({ week: '2027-W53' }, '2026-11-25'), /2027 has no such week/);
  });

  it('that is asked for goes to its Sunday, the current one to today, one with an end to that day', () => {
    const today = '2026-11-25';
    assert.deepEqual(spanOf({}, today), { from: '2026-11-23', to: today });
    assert.deepEqual(spanOf({ week: '2026-W48' }, today), { from: '2026-11-23', to: today });
    assert.deepEqual(spanOf({ week: '2026-W47' }, today), { from: '2026-11-16', to: '2026-11-22' });
    assert.deepEqual(spanOf({ ending: '2026-11-27' }, today), { from: '2026-11-23', to: '2026-11-27' });
    for (const asked of [{ week: '2026-W47', ending: '2026-11-27' }, { ending: '2026-02-30' }, { week: 'next' }])
      assert.throws(
        () => spanOf(asked, today),
        (error) => error instanceof HoplabError && error.code === 'USAGE',
      );
  });
});

it('a moment is on the day that the notebook is in, summer time and all', () => {
  const moment = new Date('2026-11-22T23:30:00Z');
  assert.equal(dayOf(moment, 'UTC'), '2026-11-22');
  assert.equal(dayOf(moment, 'Europe/Berlin'), '2026-11-23');
  assert.equal(dayOf(moment, 'America/Los_Angeles'), '2026-11-22');
  assert.equal(showOffset(offsetMinutes(new Date('2026-07-01T12:00:00Z'), 'Europe/Berlin')), '+0200');
  assert.equal(showOffset(offsetMinutes(moment, 'Asia/Kolkata')), '+0530');
  assert.equal(showOffset(offsetMinutes(moment, 'America/St_Johns')), '-0330');
  assert.equal(momentOf('2026-11-20', 'Asia/Tokyo', moment).toISOString(), '2026-11-20T08:00:00.000Z');
  assert.equal(momentOf('2026-11-23', 'Asia/Tokyo', moment), moment);
});
