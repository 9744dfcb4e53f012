// SPDX-License-Identifier: GPL-2.0-only
/** What `hoplab bridge` prints for people. */
import { type FdbEntry, inOurWords, type PortStats, type Ready, type Stats } from '../../bridge/replies.ts';
import type { BridgeRecord, FoundBridge } from '../../system/bridge-records.ts';
import { showArgv } from '../../system/show-argv.ts';
import { lookOf } from '../output.ts';
import { table as layOut } from '../table.ts';

/** Counted where a frame came in, except those of the ports it was to leave by. */
const FIGURES = ['received', 'forwarded', 'flooded', 'sent', 'skb_path', 'completed'] as const;
const HEADINGS: Readonly<Record<(typeof FIGURES)[number], string>> = {
  received: 'received',
  forwarded: 'forwarded',
  flooded: 'flooded',
  sent: 'sent',
  skb_path: 'by sk_buff',
  completed: 'completed',
};

function table(heading: readonly string[], rows: readonly (readonly string[])[]): string {
  return layOut(heading, rows, lookOf({}).width);
}

export function stateOf({ record, alive }: FoundBridge): string {
  if (!alive || record === null) return 'dead';
  return record.phase;
}

export function bridgesText(bridges: readonly FoundBridge[]): string {
  const rows = bridges.map((bridge) => {
    const { record } = bridge;
    return [bridge.name, stateOf(bridge), record?.netns ?? '-', record?.ports.join(' ') ?? '?'];
  });
  return table(['bridge', 'state', 'netns', 'ports'], rows);
}

export function bridgeText(record: BridgeRecord, ready: Ready): string {
  const held =
    record.pin !== null
      ? `pinned at ${record.pin}`
      : `held by process ${record.owner.pid} (${showArgv(['hoplab', ...record.argv])})`;
  const where = record.netns === null ? '' : ` in ${record.netns}`;
  return `bridge ${record.name}${where}, ${held}\n\n${portsText(ready)}`;
}

/** The ports with their modes, and what should be known of them. */
export function portsText({ ports, notes }: Ready): string {
  const rows = ports.map(({ port, mode, driver, mtu, rx_queues, tx_queues, takes_redirects }) => [
    ...[port, mode, driver || '-', String(mtu), `${rx_queues}/${tx_queues}`],
    takes_redirects ? 'yes' : 'no',
  ]);
  const text = table(['port', 'mode', 'driver', 'MTU', 'queues rx/tx', 'takes redirects'], rows);
  const said = notes.map(
    ({ port, text: note }) => `note: ${port === '' ? '' : `${port}: `}${inOurWords(note, port)}\n`,
  );
  return `${text}${said.join('')}`;
}

/** A line an address, in the words of bridge(8). */
export function fdbText(name: string, entries: readonly FdbEntry[]): string {
  return entries
    .map(({ mac, vlan, port, static: fixed, age_ms: age = 0, moves = 0 }) => {
      const words = [mac, 'dev', port, ...(vlan === 0 ? [] : ['vlan', vlan]), 'master', name];
      const more = fixed ? ['static'] : ['used', `${Math.floor(age / 1000)}s`, ...(moves > 0 ? ['moves', moves] : [])];
      return `${[...words, ...more].join(' ')}\n`;
    })
    .join('');
}

export function statsText({ ports, fdb, losses }: Stats): string {
  const rows = ports.map((port) => [
    ...[port.port, port.mode, ...FIGURES.map((name) => String(packets(port, name)))],
    String(dropped(port).reduce((sum, [, count]) => sum + count, 0)),
  ]);
  return [
    table(['port', 'mode', ...FIGURES.map((name) => HEADINGS[name]), 'dropped'], rows),
    ...dropLines(ports, (count) => `${count} packets`),
    ...losses.map(({ port, reason, frames }) => `lost to ${port || 'a port'}: ${frames} packets: ${reason}\n`),
    `fdb: ${fdb.entries} of ${fdb.size} addresses; ${fdb.learned} learned, ${fdb.evicted} evicted\n`,
  ].join('');
}

/** Packets a second between two readings, and bits a second that came in. */
export function ratesText(before: Stats, now: Stats, seconds: number): string {
  const rate = (count: number) => (count / seconds).toFixed(0);
  const rows = now.ports.map((port) => {
    const earlier = before.ports.find((one) => one.port === port.port);
    const since = (read: (stats: PortStats) => number) => read(port) - (earlier === undefined ? 0 : read(earlier));
    const bits = since((stats) => stats.counters.received?.bytes ?? 0) * 8;
    return [
      ...[port.port, ...FIGURES.map((name) => rate(since((stats) => packets(stats, name))))],
      rate(since((stats) => dropped(stats).reduce((sum, [, count]) => sum + count, 0))),
      `${(bits / seconds / 1e6).toFixed(1)}`,
    ];
  });
  const lost = sumLosses(now) - sumLosses(before);
  return [
    table(['packets/s', ...FIGURES.map((name) => HEADINGS[name]), 'dropped', 'Mbit/s in'], rows),
    `lost: ${rate(lost)}/s; fdb: ${now.fdb.entries} of ${now.fdb.size}\n`,
  ].join('');
}

function sumLosses({ losses }: Stats): number {
  return losses.reduce((sum, { frames }) => sum + frames, 0);
}

function packets({ counters }: PortStats, name: string): number {
  return counters[name]?.packets ?? 0;
}

/** Rules of the bridge that keep frames back, of which some did. */
function dropped(port: PortStats): [string, number][] {
  return Object.keys(port.counters)
    .filter((name) => name.startsWith('drop_'))
    .map((name): [string, number] => [name.slice('drop_'.length), packets(port, name)])
    .filter(([, count]) => count > 0);
}

function dropLines(ports: readonly PortStats[], figure: (count: number) => string): string[] {
  return ports.flatMap((port) =>
    dropped(port).map(([rule, count]) => `dropped from ${port.port}: ${figure(count)}: ${rule.replaceAll('_', ' ')}\n`),
  );
}
