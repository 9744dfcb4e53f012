// SPDX-License-Identifier: GPL-2.0-only
/** The decoder's layout is the compiler's: nobody keeps two lists in step by hand. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { before, describe, it } from 'node:test';
import { z } from 'zod';
import { SAMPLE_FLAGS } from '../../../src/model/samples.ts';
import { CONTAINER_VERSION, HEAD } from '../../../src/probes/prober/container.ts';
import { SAMPLE } from '../../../src/probes/prober/samples-file.ts';
import { SERVICE } from '../../../src/probes/prober/server-times.ts';
import { buildProber, PROBER } from '../../root/prober-rig.ts';

const layoutSchema = z.object({
  version: z.number(),
  sizes: z.record(z.string(), z.number()),
  flags: z.record(z.string(), z.number()),
  fields: z.array(z.object({ type: z.string(), field: z.string(), offset: z.number(), size: z.number() })),
});

const camel = (name: string): string => name.replace(/_(.)/g, (_, letter: string) => letter.toUpperCase());

describe('record layout', () => {
  before(buildProber);

  it('is the same in C and TypeScript, field by field, with sizes and flags', () => {
    const layout = layoutSchema.parse(JSON.parse(spawnSync(PROBER, ['layout'], { encoding: 'utf8' }).stdout));
    for (const [type, offsets] of Object.entries({ head: HEAD, sample: SAMPLE, service: SERVICE })) {
      const fields = layout.fields.filter((field) => field.type === type);
      const inC = Object.fromEntries(fields.map(({ field, offset }) => [camel(field), offset]));
      assert.deepEqual({ ...inC, size: layout.sizes[type] }, { ...offsets }, type);
      // No padding that would leak memory or hide a field that the list forgot.
      assert.equal(
        fields.reduce((sum, { size }) => sum + size, 0),
        layout.sizes[type],
        type,
      );
    }
    assert.deepEqual(layout.flags, { ...SAMPLE_FLAGS });
    assert.equal(layout.version, CONTAINER_VERSION);
  });
});
