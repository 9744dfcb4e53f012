// SPDX-License-Identifier: GPL-2.0-only
/** The template and the examples are lab files, and pass the schema that is made of the parser. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { parse } from 'yaml';
import { backends } from '../../../src/backends/index.ts';
import { labJsonSchema } from '../../../src/config/lab-json-schema.ts';
import { labTemplate } from '../../../src/config/lab-template.ts';
import { parseLabFile } from '../../../src/config/parse-lab-file.ts';
import { defaultLabSpec } from '../../../src/config/to-lab-spec.ts';
import { projectRoot } from '../../../src/system/paths.ts';

const schema = labJsonSchema(backends);
const validate = new Ajv2020({ strict: true, allowUnionTypes: true, allowMatchingProperties: true }).compile(schema);

describe('the template that init writes', () => {
  const template = labTemplate(backends);
  /** What a user has after taking every single # away. */
  const uncommented = template.replace(/^# (?!yaml-language-server)/gm, '');

  it('is the default lab, with its paths named', () => {
    const { paths, name, ...rest } = parseLabFile(template, 'default.yaml');
    const { paths: byDefault, name: _, ...expected } = defaultLabSpec();
    assert.equal(name, 'default');
    assert.deepEqual(rest, expected);
    assert.deepEqual(
      paths,
      byDefault.map((path) => ({ ...path, named: true })),
    );
  });

  it('stays a lab file with every key taken into use', () => {
    const { paths, comparison, guest } = parseLabFile(uncommented, 'full.yaml');
    assert.equal(paths.length, backends.length);
    // Of what has no default, an example stands there.
    const { until, ...rest } = comparison;
    assert.deepEqual(until, { halfWidth: 0.01, maxDraws: 40, maxTimeNs: 300e9 });
    assert.deepEqual(rest, defaultLabSpec().comparison);
    assert.equal(guest.memoryMiB, defaultLabSpec().guest.memoryMiB);
  });

  it('names every key of the schema', () => {
    const input: unknown = parse(uncommented);
    assert.ok(typeof input === 'object' && input !== null);
    assert.deepEqual(Object.keys(input).sort(), Object.keys(schema.properties ?? {}).sort());
  });

  it('and its full form pass the JSON schema', () => {
    for (const text of [template, uncommented]) {
      assert.ok(validate(parse(text) ?? {}), JSON.stringify(validate.errors));
    }
  });
});

describe('the examples', () => {
  const files = readdirSync(join(projectRoot, 'examples')).filter((name) => name.endsWith('.yaml'));

  it('are there', () => assert.ok(files.length >= 4));

  for (const name of files) {
    const text = readFileSync(join(projectRoot, 'examples', name), 'utf8');
    it(`${name} is a lab file, and passes the JSON schema`, () => {
      const spec = parseLabFile(text, name);
      assert.ok(spec.paths.length > 0);
      assert.ok(validate(parse(text)), JSON.stringify(validate.errors));
      assert.match(text, /^# yaml-language-server: \$schema=\.\.\/schema\/lab\.schema\.json\n/);
    });
  }
});

describe('the JSON schema', () => {
  it('refuses what the parser refuses', () => {
    for (const text of [
      'nmae: x',
      'paths: {tap: {vhots: on}}',
      'paths: {a: {backend: tpa}}',
      'paths: {a: {}}',
      'paths: {Tap: {backend: tap}}',
      'probes: [{pace: 10}]',
      'probes: [{count: 0}]',
      'guest: {memory: 512}',
      'compare: {margin: 1}',
      'compare: {pairs: [[tap]]}',
      'guest: {kernel: {modules: /m}}',
    ]) {
      assert.equal(validate(parse(text)), false, text);
      assert.throws(() => parseLabFile(text, 'a.yaml'), text);
    }
  });
});
