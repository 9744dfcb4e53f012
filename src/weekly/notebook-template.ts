// SPDX-License-Identifier: GPL-2.0-only
/** The commented notebook that `hoplab weekly init` makes. */
import type { Day } from './week.ts';

/** File name -> text. */
export function notebookTemplate({
  today,
  timeZone,
}: {
  readonly today: Day;
  readonly timeZone: string;
}): Readonly<Record<string, string>> {
  return {
    'notebook.yaml': `# The notebook of weekly reports; docs/weekly.md describes every key.
# Keys behind a # show an example; take the # away to use them.

name: VM networking
# from: A. Engineer <a.engineer@example.org>
# to: [team@example.org]
# subject: "[Weekly] {name}, {week}"
timezone: ${timeZone}

# Folder of runs, relative to this file; as of every command by default.
# runs: ../runs

# A section each, in this order.
programs:
  - KVM networking
  - Upstream

# Where series of patches are looked for: a clone for "merged in", sent mail for "submitted on".
# clones:
#   - {name: linux, path: ~/src/linux, branch: origin/master, tags: "v*"}
# mailboxes: [~/Mail/sent.mbox]

# Calendars; events.yaml beside this file is read without being named.
# holidays: [holidays.ics]

# columns: [path, n, min, avg, max, stddev, p50, p99]
# sections: {patches: Patch status, issues: Issues, events: "Travel & Holiday & Event"}
# carry: 4      # weeks that a figure stays in its table without being measured again
# ahead: 4      # weeks after the report that events are told of
`,
    'cards/STR-1.md': `---
id: STR-1
title: Latency of VM networking, path by path
program: KVM networking
# active: listed in every report; paused, done: only with news. Without: until a quarter of a year after its last news.
# state: active
# owner: A. Engineer
# The checklist, a., b., c. in this order. A path is one of the runs below; a diagnosis is PATH or LAB/PATH.
configurations:
  - {name: host to host, path: host}
  - {name: tap + bridge, path: tap}
  - {name: macvtap, path: macvtap}
  - {name: user NAT, path: user}
# Labels of runs: hoplab run --label str-1
runs: [str-1]
# patches:
#   - {series: "virtio_net: complete the checksum", repo: linux}
# links: [https://example.org/STR-1]
---

Text before the first date is not reported.

## ${today}

- A bullet of this week. A [link](https://example.org) becomes a footnote, and so does this.[^1]
  - A nested one.

[^1]: What the footnote says.
`,
    'issues.md': `# Issues

Bullets under \`## ${today}\` headings, as in a card; no week's bullet is told twice.
`,
    'events.yaml': `# Travel, holidays, events: {date, what} or {from, to, what}; yearly: true for every year.
# - {from: ${today.slice(0, 4)}-12-24, to: ${today.slice(0, 4)}-12-26, what: Christmas, yearly: true}
`,
  };
}
