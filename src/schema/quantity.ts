// SPDX-License-Identifier: GPL-2.0-only
/** Durations, sizes, memory and shares as people write them: "10ms", "64k", "512MiB", "1%". */
import { type Attempt, done, notDone } from '../model/attempt.ts';
import { clipped, show } from './show.ts';

/** The outcome of reading a quantity: its value in the base unit, or what is wrong with it. */
export type Quantity = Attempt<number>;

const NS_PER_UNIT: Readonly<Record<string, number>> = { ns: 1, us: 1e3, µs: 1e3, ms: 1e6, s: 1e9, m: 60e9, min: 60e9 };
const BYTES_PER_UNIT: Readonly<Record<string, number>> = {
  '': 1,
  k: 1024,
  K: 1024,
  KiB: 1024,
  M: 1 << 20,
  MiB: 1 << 20,
};
const MIB_PER_UNIT: Readonly<Record<string, number>> = { M: 1, MiB: 1, G: 1024, GiB: 1024 };

export const DURATION_PATTERN = '^(0|[0-9]+(\\.[0-9]+)?\\s*(ns|us|µs|ms|s|m|min))$';
export const SIZE_PATTERN = '^[0-9]+(k|K|KiB|M|MiB)?$';
export const MEMORY_PATTERN = '^[0-9]+(\\.[0-9]+)?\\s*(M|MiB|G|GiB)$';
export const SHARE_PATTERN = '^[0-9]+(\\.[0-9]+)?\\s*%$';

/** Nanoseconds from "10ms"; 0 needs no unit, every other value does. */
export function parseDuration(input: unknown): Quantity {
  if (input === 0 || input === '0') return done(0);
  const parts = split(input);
  if (parts === null) return fail(`${show(input)} is not a duration; write 250us, 10ms or 1s`);
  if (parts.unit === '') {
    return fail(`${parts.text} has no unit; write ${parts.text}us, ${parts.text}ms or ${parts.text}s`);
  }
  const factor = NS_PER_UNIT[parts.unit];
  if (factor === undefined) return fail(`"${parts.unit}" is not a unit of time; known are ns, us, ms, s and min`);
  return inRange(Math.round(parts.number * factor), parts.text + parts.unit);
}

/** Bytes from 64, "64" or "64k". */
export function parseSize(input: unknown): Quantity {
  const parts = split(input);
  if (parts === null) return fail(`${show(input)} is not a size in bytes; write 64 or 16k`);
  const factor = BYTES_PER_UNIT[parts.unit];
  if (factor === undefined) return fail(`"${parts.unit}" is not a unit of size; known are k (1024) and M`);
  const value = parts.number * factor;
  if (!Number.isInteger(value)) return fail(`${show(input)} is not a whole number of bytes`);
  return inRange(value, parts.text + parts.unit);
}

/** Whole MiB from "512MiB" or "1GiB". */
export function parseMemory(input: unknown): Quantity {
  const parts = split(input);
  if (parts === null) return fail(`${show(input)} is not an amount of memory; write 512MiB or 1GiB`);
  if (parts.unit === '') return fail(`${parts.text} has no unit; write ${parts.text}MiB or ${parts.text}GiB`);
  const factor = MIB_PER_UNIT[parts.unit];
  if (factor === undefined) return fail(`"${parts.unit}" is not a unit of memory; known are MiB and GiB`);
  const value = parts.number * factor;
  if (!Number.isInteger(value)) return fail(`${show(input)} is not a whole number of MiB`);
  return inRange(value, parts.text + parts.unit);
}

/** A share of one from "1%". A bare number is refused: 1 could be one per cent or everything. */
export function parseShare(input: unknown): Quantity {
  const parts = split(input);
  if (parts?.unit !== '%') return fail(`${show(input)} is not a share; write it in per cent, as 1%`);
  return done(parts.number / 100);
}

/** The shortest exact spelling of a duration, as parseDuration reads it. */
export function spellDuration(ns: number): string {
  for (const unit of ['s', 'ms', 'us'] as const) {
    const factor = NS_PER_UNIT[unit];
    if (factor !== undefined && ns >= factor && ns % factor === 0) return `${ns / factor}${unit}`;
  }
  return ns === 0 ? '0' : `${ns}ns`;
}

function split(input: unknown): { number: number; text: string; unit: string } | null {
  if (typeof input === 'number') {
    return Number.isFinite(input) && input >= 0 ? { number: input, text: String(input), unit: '' } : null;
  }
  if (typeof input !== 'string') return null;
  const match = /^(\d+(?:\.\d+)?)\s*([a-zµ%]*)$/i.exec(input.trim());
  const [, text, unit] = match ?? [];
  return text === undefined || unit === undefined
    ? null
    : { number: Number(text), text: clipped(text), unit: clipped(unit) };
}

function inRange(value: number, text: string): Quantity {
  return Number.isSafeInteger(value) ? done(value) : fail(`${text} is too large`);
}

function fail(problem: string): Quantity {
  return notDone(problem);
}
