// SPDX-License-Identifier: GPL-2.0-only
/** Parses a lab file: YAML in, a LabSpec out, or one error that lists every problem with its line and column. */
import { backends } from '../backends/index.ts';
import type { LabSpec } from '../model/lab-spec.ts';
import { explainIssues } from '../schema/schema-issues.ts';
import { parseYamlText } from '../schema/yaml-text.ts';
import { checkLab } from './check-lab.ts';
import { knownLabKeys, labJsonSchema } from './lab-json-schema.ts';
import { labFileError } from './lab-problem.ts';
import { labSchema } from './lab-schema.ts';
import { labWording } from './lab-wording.ts';
import { sourceOf, toLabSpec } from './to-lab-spec.ts';

/** Parses the text of a lab file; `file` names it in errors and is where its relative paths start. Throws LAB_FILE_SYNTAX or LAB_FILE_INVALID. */
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
