// SPDX-License-Identifier: GPL-2.0-only
/** The one module that turns times, shares and counts into text. */
import { type Direction, endpointsOf } from '../model/place.ts';
import type { ProbeSpec, WaitMode } from '../model/probe-spec.ts';

/** Microseconds: one decimal below 1000, none above; a little time is not shown as none. */
export function formatUs(ns: number): string {
  return Math.abs(ns) < 50 ? formatSmallUs(ns) : decimalsBelow(ns / 1000, 1000, 1);
}

/** Microseconds of what is mostly small, a half-width or a residence: two decimals below 1 us. */
export function formatSmallUs(ns: number): string {
  if (ns > 0 && ns < 5) return '<0.01';
  return Math.abs(ns) < 995 ? (ns / 1000).toFixed(2) : formatUs(ns);
}

/** The size of a difference with its unit: two decimals below 1 us, in ns where they would show nothing. */
export function formatUsSize(ns: number): string {
  const size = Math.abs(ns);
  if (size > 0 && size < 10) return `${trimmed(Number(size.toPrecision(1)))} ns`;
  return `${size < 995 ? (size / 1000).toFixed(2) : decimalsBelow(size / 1000, 1000, 1)} us`;
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

/** One decimal, up to three where the smallest figure of the sentence would vanish. */
function percentDigits(share: number, finest: number): string {
  const decimals = finest >= 0.001 || finest === 0 ? 1 : finest >= 0.0001 ? 2 : 3;
  const text = (share * 100).toFixed(decimals);
  return Number(text) === 0 ? text.replace('-', '') : text;
}

/** Transactions per second: whole from 100. */
export function formatRate(perSecond: number): string {
  return formatFigure(perSecond, 1);
}

/** With so many decimals below 100, and one digit where they would show nothing. */
export function formatFigure(value: number, decimals: number): string {
  return visible(value, decimalsBelow(value, 100, decimals));
}

/** A ratio with two decimals. */
export function formatRatio(ratio: number): string {
  return formatFigure(ratio, 2);
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
  return `${visible(share, (share * 100).toFixed(0), 100)} %`;
}

/** A length of time in the largest unit that keeps it whole or readable: "10 ms", "250 us", "1.5 s". */
export function formatDuration(ns: number): string {
  if (ns < 1000) return `${ns} ns`;
  if (ns < 1e6) return `${trimmed(ns / 1e3)} us`;
  if (ns < 1e9) return `${trimmed(ns / 1e6)} ms`;
  return `${trimmed(ns / 1e9)} s`;
}

/** "about 1 min 45 s", "about 8 s". */
export function formatAbout(ms: number): string {
  const s = Math.max(1, ms / 1000);
  const rounded = s < 20 ? Math.round(s) : Math.round(s / 5) * 5;
  if (rounded < 60) return `about ${rounded} s`;
  const rest = rounded % 60;
  return `about ${Math.floor(rounded / 60)} min${rest === 0 ? '' : ` ${rest} s`}`;
}

/** "2026-03-02 09:30:00 UTC" of an ISO time. */
export function formatMoment(iso: string): string {
  return iso.replace(/^(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d)(?:\.\d+)?Z$/, '$1 $2 UTC');
}

/** "guest -> host1". */
export function formatDirection(direction: Direction): string {
  const { client, server } = endpointsOf(direction);
  return `${client} -> ${server}`;
}

const WAIT_NAMES: Readonly<Record<WaitMode, string>> = { block: '', spin: ', spinning', 'busy-poll': ', busy polling' };

/** What is sent and at what pace: "TCP_RR 1 B / 1 B, back to back, guest -> host1". */
export function formatProbe(probe: ProbeSpec): string {
  const direction = formatDirection(probe.direction);
  const sizes = `${probe.requestBytes} B / ${probe.responseBytes} B`;
  const what = [`${probe.protocol.toUpperCase()} ${sizes}`, ...ownWords(probe.own ?? {})].join(', ');
  return `${what}, ${formatPace(probe)}, ${direction}${WAIT_NAMES[probe.wait]}`;
}

/** What a kind of probe was told by its own keys: "parallel 4". */
export function ownWords(own: NonNullable<ProbeSpec['own']>): string[] {
  return Object.entries(own).map(([key, value]) => `${key} ${value}`);
}

/** All that a latency means nothing without: "TCP_RR 1 B / 1 B, ... · K = 5 paths in rotation · emulated guest". */
export function formatHeading(probe: ProbeSpec, rotation: string, emulated: boolean): string {
  return `${formatProbe(probe)} · ${rotation}${emulated ? ' · emulated guest' : ''}`;
}

/** "back to back", or the gap between the starts of the client's transactions. */
function formatPace({ paceNs }: Pick<ProbeSpec, 'paceNs'>): string {
  return paceNs === 0 ? 'back to back' : `every ${formatDuration(paceNs)}`;
}

function trimmed(value: number): string {
  return String(Number(value.toPrecision(4)));
}

function decimalsBelow(value: number, limit: number, decimals: number): string {
  const text = value.toFixed(decimals);
  return Math.abs(Number(text)) < limit ? text : value.toFixed(0);
}

/** The text, or one significant digit where it would show nothing of a value that is not 0. */
function visible(value: number, text: string, factor = 1): string {
  if (value === 0 || Number(text) !== 0) return text;
  const digit = Number((value * factor).toPrecision(1));
  return Math.abs(digit) < 1e-6 ? '<1e-6' : String(digit);
}

/** "1 %". */
export function formatMargin({ marginRelative }: { readonly marginRelative: number }): string {
  return `${Number((marginRelative * 100).toPrecision(3))} %`;
}
