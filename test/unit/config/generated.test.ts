/** What is generated from the schema is up to date, and the template and the examples are lab files. */
import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, it } from 'node:test';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { parse } from 'yaml';
import { backends } from '../../../src/backends/index.ts';
import { commandDocs } from '../../../src/cli/docs/command-docs.ts';
import { errorDocs } from '../../../src/cli/docs/error-docs.ts';
import { labFileDocs } from '../../../src/config/lab-file-docs.ts';
import { labJsonSchema } from '../../../src/config/lab-json-schema.ts';
import { labTemplate } from '../../../src/config/lab-template.ts';
import { parseLabFile } from '../../../src/config/parse-lab-file.ts';
import { defaultLabSpec } from '../../../src/config/to-lab-spec.ts';
import { projectRoot } from '../../../src/system/paths.ts';

/** HOPLAB_UPDATE_GOLDEN=1 writes the file instead of comparing it. */
function upToDate(name: string, content: string): void {
  const path = join(projectRoot, name);
  if (process.env.HOPLAB_UPDATE_GOLDEN === '1') {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, content);
  }
  assert.equal(
    readFileSync(path, 'utf8'),
    content,
    `${name} is out of date: HOPLAB_UPDATE_GOLDEN=1 npm test writes it`,
  );
}

const schema = labJsonSchema(backends);
const validate = new Ajv2020({ strict: true, allowUnionTypes: true, allowMatchingProperties: true }).compile(schema);

describe('generated files', () => {
  it('schema/lab.schema.json is that of the schema', () => {
    upToDate('schema/lab.schema.json', `${JSON.stringify(schema, null, 2)}\n`);
  });
  it('docs/lab-file.md is that of the schema', () => upToDate('docs/lab-file.md', labFileDocs(backends)));
  it('docs/errors.md is that of the table of codes', () => upToDate('docs/errors.md', errorDocs()));
  it('docs/commands.md is that of the commands', async () => upToDate('docs/commands.md', await commandDocs()));
});

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
    assert.deepEqual(comparison, defaultLabSpec().comparison);
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
