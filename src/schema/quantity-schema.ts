// SPDX-License-Identifier: GPL-2.0-only
/** The quantities of quantity.ts as zod schemas that also describe themselves in JSON schema. */
import { z } from 'zod';
import {
  DURATION_PATTERN,
  MEMORY_PATTERN,
  parseDuration,
  parseMemory,
  parseShare,
  parseSize,
  type Quantity,
  SHARE_PATTERN,
  SIZE_PATTERN,
} from './quantity.ts';
import { show } from './show.ts';

interface Limits {
  readonly low: number;
  readonly high: number;
  /** How the limits read in a message: "between 1us and 60s". */
  readonly text: string;
}

/** Nanoseconds, within limits where they are given. */
export function durationSchema(limits: Limits) {
  return quantity(parseDuration, limits, { anyOf: [{ type: 'string', pattern: DURATION_PATTERN }, { const: 0 }] });
}

/** Bytes. */
export function sizeSchema(limits: Limits) {
  return quantity(parseSize, limits, {
    anyOf: [
      { type: 'string', pattern: SIZE_PATTERN },
      { type: 'integer', minimum: limits.low, maximum: limits.high },
    ],
  });
}

/** MiB. */
export function memorySchema(limits: Limits) {
  return quantity(parseMemory, limits, { type: 'string', pattern: MEMORY_PATTERN });
}

/** A share of one. */
export function shareSchema(limits: Limits) {
  return quantity(parseShare, limits, { type: 'string', pattern: SHARE_PATTERN });
}

/** JSON schema has no word for a transformed value, so the spelling it accepts is stated beside the parser. */
function quantity(parse: (input: unknown) => Quantity, limits: Limits, spelling: Record<string, unknown>) {
  return z
    .unknown()
    .transform((input, context): number => {
      const read = parse(input);
      const problem = !read.ok
        ? read.why
        : read.value < limits.low || read.value > limits.high
          ? `must be ${limits.text}, got ${show(input)}`
          : null;
      if (problem === null && read.ok) return read.value;
      context.addIssue({ code: 'custom', message: problem ?? 'not readable' });
      return z.NEVER;
    })
    .meta(spelling);
}
