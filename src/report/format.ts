/** The one module that turns times, shares and counts into text. */
import type { Direction, ProbeSpec, WaitMode } from '../model/probe-spec.ts';

/** Microseconds: one decimal below 1000, none above. */
export function formatUs(ns: number): string {
  return decimalsBelow(ns / 1000, 1000, 1);
}

/** Microseconds of what is mostly small, a half-width or a residence: two decimals where one would show none of it. */
export function formatSmallUs(ns: number): string {
  return ns < 95 ? (ns / 1000).toFixed(2) : formatUs(ns);
}

/** The size of a difference with its unit: two decimals below 1 us. */
export function formatUsSize(ns: number): string {
  const us = Math.abs(ns) / 1000;
  return `${us < 0.995 ? us.toFixed(2) : decimalsBelow(us, 1000, 1)} us`;
}

/** The size of a share in percent, without its sign: "2.8 %". */
export function formatPercentSize(share: number): string {
  return `${percentDigits(Math.abs(share), Math.abs(share))} %`;
}

/** A share with its sign: "+2.8 %". */
export function formatPercentSigned(share: number): string {
  return `${share < 0 ? '-' : '+'}${formatPercentSize(share)}`;
}

/** Both ends of an interval of shares: "[-3.1, -2.5] %". */
export function formatPercentInterval({ low, high }: { readonly low: number; readonly high: number }): string {
  const finest = Math.min(Math.abs(low), Math.abs(high), high - low);
  return `[${percentDigits(low, finest)}, ${percentDigits(high, finest)}] %`;
}

/** One decimal, two where the smallest figure of the sentence would vanish. */
function percentDigits(share: number, finest: number): string {
  const text = (share * 100).toFixed(finest < 0.001 ? 2 : 1);
  return Number(text) === 0 ? text.replace('-', '') : text;
}

/** Transactions per second: whole from 100. */
export function formatRate(perSecond: number): string {
  return decimalsBelow(perSecond, 100, 1);
}

/** A ratio with two decimals. */
export function formatRatio(ratio: number): string {
  return decimalsBelow(ratio, 100, 2);
}

export function formatCount(count: number): string {
  return String(Math.round(count));
}

/** "1 draw", "2 draws". */
export function formatCounted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

/** A share of 0 to 1 as whole percent, for columns: "38 %". */
export function formatShare(share: number): string {
  return `${(share * 100).toFixed(0)} %`;
}

/** A length of time in the largest unit that keeps it whole or readable: "10 ms", "250 us", "1.5 s". */
export function formatDuration(ns: number): string {
  if (ns < 1000) return `${ns} ns`;
  if (ns < 1e6) return `${trimmed(ns / 1e3)} us`;
  if (ns < 1e9) return `${trimmed(ns / 1e6)} ms`;
  return `${trimmed(ns / 1e9)} s`;
}

/** "2026-03-02 09:30:00 UTC" of an ISO time. */
export function formatMoment(iso: string): string {
  return iso.replace(/^(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d)(?:\.\d+)?Z$/, '$1 $2 UTC');
}

const PROTOCOL_NAMES = { tcp_rr: 'TCP_RR', udp_rr: 'UDP_RR', tcp_crr: 'TCP_CRR' } as const;

const DIRECTION_NAMES: Readonly<Record<Direction, string>> = {
  'guest-to-host1': 'guest -> host1',
  'host1-to-guest': 'host1 -> guest',
  'guest-to-host2': 'guest -> host2',
};

const WAIT_NAMES: Readonly<Record<WaitMode, string>> = { block: '', spin: ', spinning', 'busy-poll': ', busy polling' };

/** What is sent and at what pace: "TCP_RR 1 B / 1 B, back to back, guest -> host1". */
export function formatProbe(probe: ProbeSpec): string {
  const direction = DIRECTION_NAMES[probe.direction];
  const sizes = `${probe.requestBytes} B / ${probe.responseBytes} B`;
  return `${PROTOCOL_NAMES[probe.protocol]} ${sizes}, ${formatPace(probe)}, ${direction}${WAIT_NAMES[probe.wait]}`;
}

/** "back to back", or the gap between the starts of the client's transactions. */
export function formatPace({ paceNs }: Pick<ProbeSpec, 'paceNs'>): string {
  return paceNs === 0 ? 'back to back' : `every ${formatDuration(paceNs)}`;
}

function trimmed(value: number): string {
  return String(Number(value.toPrecision(4)));
}

function decimalsBelow(value: number, limit: number, decimals: number): string {
  const text = value.toFixed(decimals);
  return Math.abs(Number(text)) < limit ? text : value.toFixed(0);
}
