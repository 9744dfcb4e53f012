// SPDX-License-Identifier: GPL-2.0-only
/** Holidays and travel: all-day and timed events, rules, exceptions and time zones of .ics, and files with something wrong in them. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { it } from 'node:test';
import { type Holiday, readCalendars } from '../../../src/weekly/calendar.ts';

const event = (...lines: string[]) => [
  'BEGIN:VEVENT',
  `UID:${lines.join()}`.replace(/[^A-Za-z0-9:]/g, '').slice(0, 60),
  ...lines,
  'END:VEVENT',
];
const calendar = (...events: string[][]) =>
  ['BEGIN:VCALENDAR', 'VERSION:2.0', 'PRODID:x', ...events.flat(), 'END:VCALENDAR', ''].join('\r\n');
const WINDOW = { from: '2026-12-14', to: '2027-01-17' };
const showEvent = ({ from, to, what }: Holiday) => `${from}${to === from ? '' : ` to ${to}`}: ${what}`;

/** The events of a calendar's text, and what was wrong in it. */
function read(text: string, zone = 'UTC', window = WINDOW) {
  const folder = mkdtempSync(join(tmpdir(), 'hoplab-calendar-'));
  try {
    writeFileSync(join(folder, 'x.ics'), text);
    const { events, problems } = readCalendars([join(folder, 'x.ics')], zone, window);
    return { events: events.map(showEvent), problems };
  } finally {
    rmSync(folder, { recursive: true });
  }
}
const shown = (text: string, zone = 'UTC', window = WINDOW) => read(text, zone, window).events;

it('all-day events end the day before DTEND, and recur by their rule, without their exceptions', () => {
  const christmas = event(
    'DTSTART;VALUE=DATE:20001224',
    'DTEND;VALUE=DATE:20001227',
    'RRULE:FREQ=YEARLY',
    'SUMMARY:Christmas\\, at home',
  );
  const single = event('DTSTART;VALUE=DATE:20270101', 'SUMMARY:New Year');
  const weekly = event('DTSTART;VALUE=DATE:20261201', 'RRULE:FREQ=WEEKLY', 'EXDATE;VALUE=DATE:20261222', 'SUMMARY:off');
  assert.deepEqual(shown(calendar(christmas, single)), [
    '2026-12-24 to 2026-12-26: Christmas, at home',
    '2027-01-01: New Year',
  ]);
  assert.deepEqual(
    shown(calendar(weekly)).map((text) => text.slice(0, 10)),
    ['2026-12-15', '2026-12-29', '2027-01-05', '2027-01-12'],
  );
});

it('timed events are on the days of the writer, also where their zone is defined in the file', () => {
  const late = event('DTSTART:20261215T233000Z', 'DTEND:20261216T003000Z', 'SUMMARY:call');
  assert.deepEqual(shown(calendar(late)), ['2026-12-15 to 2026-12-16: call']);
  assert.deepEqual(shown(calendar(late), 'Europe/Berlin'), ['2026-12-16: call']);
  const zone = [
    'BEGIN:VTIMEZONE',
    'TZID:Tokyo',
    'BEGIN:STANDARD',
    'DTSTART:19700101T000000',
    'TZOFFSETFROM:+0900',
    'TZOFFSETTO:+0900',
    'END:STANDARD',
    'END:VTIMEZONE',
  ];
  const tokyo = event('DTSTART;TZID=Tokyo:20261216T030000', 'DTEND;TZID=Tokyo:20261216T040000', 'SUMMARY:early');
  assert.deepEqual(shown(calendar(zone, tokyo)), ['2026-12-15: early']);
  // Midnight ends the day before.
  assert.deepEqual(shown(calendar(event('DTSTART:20261216T100000Z', 'DTEND:20261217T000000Z', 'SUMMARY:day'))), [
    '2026-12-16: day',
  ]);
});

it('a rule without an end does not run for ever', () => {
  assert.deepEqual(shown(calendar(event('DTSTART:19700101T000000Z', 'RRULE:FREQ=SECONDLY', 'SUMMARY:x'))), []);
  const everyThird = event('DTSTART;VALUE=DATE:19700101', 'RRULE:FREQ=DAILY;INTERVAL=3', 'SUMMARY:x');
  // 20804 days after 1970-01-01 is 2026-12-17, and 20804 / 3 leaves 2.
  assert.deepEqual(shown(calendar(everyThird)).slice(0, 2), ['2026-12-15: x', '2026-12-18: x']);
  const twoWeeks = event('DTSTART;VALUE=DATE:20200106', 'RRULE:FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,WE', 'SUMMARY:x');
  // 2020-01-06 is in week 2; 363 weeks later, an odd number, is 2026-12-21.
  assert.deepEqual(
    shown(calendar(twoWeeks)).map((text) => text.slice(0, 10)),
    ['2026-12-14', '2026-12-16', '2026-12-28', '2026-12-30', '2027-01-11', '2027-01-13'],
  );
});

it('what is wrong with one event costs that event alone, and what is no calendar is told', () => {
  const good = event('DTSTART;VALUE=DATE:20261220', 'SUMMARY:once');
  const bad = event('DTSTART:rubbish', 'SUMMARY:Broken');
  const never = event('DTSTART;VALUE=DATE:20200101', 'RRULE:FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30', 'SUMMARY:30 February');
  const endless = event('DTSTART:20260101T000000Z', 'DURATION:P999999999999999W', 'SUMMARY:Forever');
  const { events, problems } = read(`\uFEFF${calendar(bad, never, endless, good)}`);
  assert.deepEqual(events, ['2026-12-20: once']);
  for (const [index, pattern] of [/Broken.*invalid/, /30 February.*finds no day/, /Forever.*100 years/].entries())
    assert.match(problems[index] ?? '', pattern);
  assert.equal(read('<html>').problems.length, 1);
  const none = readCalendars(['/no/such.ics'], 'UTC', WINDOW);
  assert.match(none.problems.join(), /^calendar \/no\/such\.ics: ENOENT/);
});
