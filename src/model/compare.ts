// SPDX-License-Identifier: GPL-2.0-only
/** The words of a comparison: what runs can be compared by, and what can make them unlike. */
import { VMM_KEY } from './recorded-words.ts';

/** The statistics of a round trip that runs can be compared by. */
export const STATISTICS = ['p50', 'p90', 'p99', 'p99.9', 'mean'] as const;
export type StatisticName = (typeof STATISTICS)[number];

/** What can make two runs unlike; `--allow` takes these words. The table in src/compare/unlike-table.ts says more of each. */
export const UNLIKE_KEYS = [
  'probe',
  'pace',
  'k',
  'window',
  'arch',
  'accel',
  'cpu',
  'isolation',
  'governor',
  'clocksource',
  'scheduling',
  'guest-size',
  'nic',
  'vhost',
  'vhost-worker',
  'offloads',
  'state',
  'load',
  'proof',
  'options',
  'kernel',
  'kvm',
  'huge-pages',
  'rt-throttling',
  'command-line',
  'os',
  VMM_KEY,
  'guest-kernel',
  'guest-command-line',
  'tools',
  'tool-version',
  'machine',
] as const;
export type UnlikeKey = (typeof UNLIKE_KEYS)[number];
