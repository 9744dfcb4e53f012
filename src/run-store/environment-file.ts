// SPDX-License-Identifier: GPL-2.0-only
/** environment.json as it is read: with guests by place, or, of older runs, with one guest and its VMM beside each other. */
import { z } from 'zod';
import { type Environment, environmentSchema } from '../model/environment.ts';
import { GUEST } from '../model/place.ts';
import { VMM_KEY } from '../model/recorded-words.ts';

export const environmentFileSchema = z.preprocess(
  withGuestsByPlace,
  environmentSchema,
) satisfies z.ZodType<Environment>;

function withGuestsByPlace(file: unknown): unknown {
  if (typeof file !== 'object' || file === null || 'guests' in file || !('guest' in file)) return file;
  const { guest, [VMM_KEY]: vmm, ...rest } = file as { guest: unknown; [VMM_KEY]?: unknown };
  if (guest === null) return { ...rest, guests: {} };
  return { ...rest, guests: { [GUEST]: typeof guest === 'object' ? { vmm, ...guest } : guest } };
}
