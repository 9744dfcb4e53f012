// SPDX-License-Identifier: GPL-2.0-only
/** Holidays and travel: all-day and timed events, rules, exceptions and time zones of .ics, days of events.yaml and of old mails. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { it } from 'node:test';
import { eventsAround, parseCalendar, parseEvent, showEvent } from '../../../src/weekly/calendar.ts';
import { readNotebook } from '../../../src/weekly/read-notebook.ts';
import { temporaryFolder } from '../../fixtures/temporary-folder.ts';

const event = (...lines: string[]) => [
  'BEGIN:VEVENT',
  `UID:${lines.join()}`.replace(/[^A-Za-z0-9:]/g, '').slice(0, 60),
  ...lines,
  'END:VEVENT',
];
const calendar = (...events: string[][]) =>
  ['BEGIN:VCALENDAR', 'VERSION:2.0', 'PRODID:x', ...events.flat(), 'END:VCALENDAR', ''].join('\r\n');
const WINDOW = { from: '2026-12-14', to: '2027-01-17' };
const shown = (text: string, zone = 'UTC', window = WINDOW) => parseCalendar(text, zone, window).map(showEvent);

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

it('timed events are on the days of the notebook, also where their zone is defined in the file', () => {
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

it('a rule without an end does not run for ever, and what is no calendar is told', (context) => {
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
  const folder = temporaryFolder(context);
  writeFileSync(join(folder, 'notebook.yaml'), 'timezone: UTC\nholidays: [bad.ics, none.ics]\n');
  writeFileSync(join(folder, 'bad.ics'), '<html>');
  writeFileSync(
    join(folder, 'events.yaml'),
    '- {date: 2024-02-29, what: leap, yearly: true}\n- {from: 2000-12-24, to: 2001-01-02, what: closed, yearly: true}\n- {date: 2026-12-20, what: once}\n',
  );
  const { events, problems } = eventsAround(readNotebook(folder), { from: '2026-12-14', to: '2026-12-20' });
  assert.deepEqual(events.map(showEvent), ['2026-12-20: once', '2026-12-24 to 2027-01-02: closed']);
  assert.equal(problems.length, 2);
  // It is still closed in the first week of the next year.
  const january = eventsAround(readNotebook(folder), { from: '2026-12-28', to: '2027-01-03' });
  assert.deepEqual(january.events.map(showEvent), ['2026-12-24 to 2027-01-02: closed']);
});

it('days of mails are read as their writers meant them', () => {
  const read = (text: string, near = '2022-12-20') => {
    const found = parseEvent(text, near);
    return found === null ? null : showEvent(found);
  };
  assert.equal(read('12/24 - 1/3: New Year'), '2022-12-24 to 2023-01-03: New Year');
  assert.equal(read('1/9 Coming of Age Day'), '2023-01-09: Coming of Age Day');
  assert.equal(read('4/29-30: trip', '2022-03-04'), '2022-04-29 to 2022-04-30: trip');
  assert.equal(read('2022-12-24 to 2022-12-26: Christmas'), '2022-12-24 to 2022-12-26: Christmas');
  for (const text of ['13/45: x', 'tomorrow', '12/24', '2022-02-30: x']) assert.equal(read(text), null, text);
});
