// SPDX-License-Identifier: GPL-2.0-only
/** The decoder's layout of trace records is the compiler's, and its table of points the tracer's. */
import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { z } from 'zod';
import { run } from '../../../src/system/exec.ts';
import { buildNative } from '../../../src/system/native-build.ts';
import { nativeBinary } from '../../../src/system/paths.ts';
import { TRACE_POINTS } from '../../../src/trace/records/points.ts';
import {
  BLOCK_KIND,
  BLOCK_MAGIC,
  RECORD,
  RECORD_FLAGS,
  TRACE_BLOCK,
  TRACE_HEAD,
  TRACE_MAGIC,
  TRACE_VERSION,
} from '../../../src/trace/records/record-layout.ts';
import { MECHANISM } from '../../fixtures/trace-file.ts';
import { needs } from '../../support/needs.ts';

const layoutSchema = z.object({
  magic: z.string(),
  version: z.number(),
  blockMagic: z.number(),
  mechanisms: z.record(z.string(), z.number()),
  kinds: z.record(z.string(), z.number()),
  flags: z.record(z.string(), z.number()),
  sizes: z.record(z.string(), z.number()),
  points: z.array(z.object({ number: z.number(), name: z.string(), meaning: z.string() })),
  fields: z.array(z.object({ type: z.string(), field: z.string(), offset: z.number(), size: z.number() })),
});

const camel = (name: string): string => name.replace(/_(.)/g, (_, letter: string) => letter.toUpperCase());

describe('layout of trace records', { skip: needs('linux') }, () => {
  const { signal } = new AbortController();
  let layout: z.infer<typeof layoutSchema>;

  before(async () => {
    await buildNative('hoptrace', signal);
    layout = layoutSchema.parse(JSON.parse((await run([nativeBinary('hoptrace'), 'layout'], { signal })).stdout));
  });

  it('is the same in C and TypeScript, field by field, without padding', () => {
    for (const [type, offsets] of Object.entries({ file_head: TRACE_HEAD, block_head: TRACE_BLOCK, record: RECORD })) {
      const fields = layout.fields.filter((field) => field.type === type);
      const inC = Object.fromEntries(fields.map(({ field, offset }) => [camel(field), offset]));
      assert.deepEqual({ ...inC, size: layout.sizes[type] }, { ...offsets }, type);
      const bytes = fields.reduce((sum, { size }) => sum + size, 0);
      assert.equal(bytes, layout.sizes[type], type);
    }
  });

  it('has the same magics, versions, flags and kinds', () => {
    assert.deepEqual([layout.magic, layout.version], [TRACE_MAGIC, TRACE_VERSION]);
    assert.equal(layout.blockMagic, BLOCK_MAGIC);
    assert.deepEqual(layout.mechanisms, { ...MECHANISM });
    assert.deepEqual(layout.kinds, { ...BLOCK_KIND });
    assert.deepEqual(layout.flags, { ...RECORD_FLAGS });
  });

  it('names the same points with the same meaning under the same numbers', () => {
    assert.deepEqual(
      layout.points,
      TRACE_POINTS.map(({ number, name, meaning }) => ({ number, name, meaning })),
    );
  });
});
