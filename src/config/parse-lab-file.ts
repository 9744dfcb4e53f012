/** Reads a lab file: YAML in, a LabSpec out, or one error that lists every problem with its line and column. */
import { readFile } from 'node:fs/promises';
import { backends } from '../backends/index.ts';
import { HoplabError, reasonOf } from '../model/errors.ts';
import type { LabSpec } from '../model/lab-spec.ts';
import { explainIssues } from '../schema/schema-issues.ts';
import { parseYamlText } from '../schema/yaml-text.ts';
import { checkLab } from './check-lab.ts';
import { knownLabKeys, labJsonSchema } from './lab-json-schema.ts';
import { labFileError } from './lab-problem.ts';
import { labSchema } from './lab-schema.ts';
import { labWording } from './lab-wording.ts';
import { sourceOf, toLabSpec } from './to-lab-spec.ts';

/** Reads and parses the lab file at a path. Throws LAB_FILE_SYNTAX or LAB_FILE_INVALID. */
export async function readLabFile(file: string): Promise<LabSpec> {
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    throw new HoplabError({
      code: 'LAB_FILE_INVALID',
      message: `read the lab file ${file}: ${reasonOf(error)}`,
      hint: `hoplab init ${file} writes one; hoplab run without a file measures every backend`,
      cause: error,
    });
  });
  return parseLabFile(text, file);
}

/** Parses the text of a lab file; `file` names it in errors and is where its relative paths start. */
export function parseLabFile(text: string, file: string): LabSpec {
  const yaml = parseYamlText(text);
  if (yaml.kind === 'syntax') throw labFileError('LAB_FILE_SYNTAX', file, yaml.problems);
  const { input } = yaml;
  const parsed = labSchema(backends).safeParse(input);
  const schema = labJsonSchema(backends);
  const spec = parsed.success ? toLabSpec(parsed.data, sourceOf(file)) : null;
  const problems =
    spec === null
      ? explainIssues(parsed.error?.issues ?? [], {
          input,
          knownKeys: (path) => knownLabKeys(schema, path, input),
          wording: labWording(
            input,
            backends.map(({ kind }) => kind),
          ),
        })
      : checkLab(spec);
  const placed = [...yaml.duplicates, ...problems.map(yaml.place)];
  if (placed.length > 0 || spec === null) throw labFileError('LAB_FILE_INVALID', file, placed);
  return spec;
}
