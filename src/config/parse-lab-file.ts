/** Reads a lab file: YAML in, a LabSpec out, or one error that lists every problem with its line and column. */
import { readFile } from 'node:fs/promises';
import { type Document, isAlias, isMap, isScalar, isSeq, LineCounter, type Node, parseDocument } from 'yaml';
import { backends } from '../backends/index.ts';
import { HoplabError, reasonOf } from '../model/errors.ts';
import type { LabSpec } from '../model/lab-spec.ts';
import { checkLab } from './check-lab.ts';
import { knownKeys, labJsonSchema } from './lab-json-schema.ts';
import { type LabProblem, labFileError, type PlacedProblem, showProblem } from './lab-problem.ts';
import { labSchema } from './lab-schema.ts';
import { explainIssues } from './schema-issues.ts';
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
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const at = (offset: number, message: string): PlacedProblem => {
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(1, line), column: Math.max(1, col), text: message };
  };
  const syntax = document.errors.filter(({ code }) => code !== 'DUPLICATE_KEY');
  if (syntax.length > 0) {
    throw labFileError(
      'LAB_FILE_SYNTAX',
      file,
      syntax.map(({ pos, message }) => at(pos[0], firstLine(message))),
    );
  }
  const placed = document.errors.map(({ pos }) => at(pos[0], `the key "${wordAt(text, pos[0])}" is given twice`));
  const input = toValues(document, file);
  const parsed = labSchema(backends).safeParse(input);
  const schema = labJsonSchema(backends);
  const spec = parsed.success ? toLabSpec(parsed.data, sourceOf(file)) : null;
  const problems =
    spec === null
      ? explainIssues(parsed.error?.issues ?? [], {
          input,
          knownKeys: (path) => knownKeys(schema, path, input),
          backendKinds: backends.map(({ kind }) => kind),
        })
      : checkLab(spec);
  placed.push(...problems.map((problem) => at(offsetOf(document, problem), showProblem(problem))));
  if (placed.length > 0 || spec === null) throw labFileError('LAB_FILE_INVALID', file, placed);
  return spec;
}

/** An empty file is a lab of defaults. */
function toValues(document: Document, file: string): unknown {
  try {
    return document.toJS() ?? {};
  } catch (error) {
    // An alias without its anchor, or more aliases than any lab needs.
    throw labFileError('LAB_FILE_SYNTAX', file, [{ line: 1, column: 1, text: reasonOf(error) }]);
  }
}

/** Where the value of a problem starts; where there is none, the nearest thing around it. */
function offsetOf(document: Document, problem: LabProblem): number {
  let node: unknown = document.contents;
  let offset = startOf(node) ?? 0;
  for (const [depth, part] of problem.path.entries()) {
    if (isAlias(node)) node = node.resolve(document);
    const last = depth === problem.path.length - 1;
    if (isMap(node)) {
      const pair = node.items.find(({ key }) => isScalar(key) && String(key.value) === String(part));
      if (pair === undefined) return offset;
      const keyOffset = startOf(pair.key) ?? offset;
      if (last && problem.atKey) return keyOffset;
      node = pair.value;
      offset = isEmpty(node) ? keyOffset : (startOf(node) ?? keyOffset);
    } else if (isSeq(node) && typeof part === 'number') {
      node = node.items[part];
      offset = startOf(node) ?? offset;
    } else return offset;
  }
  return offset;
}

function startOf(node: unknown): number | undefined {
  return (node as Node | null | undefined)?.range?.[0];
}

/** `key:` with nothing behind it has a null value whose range is at the end of the line. */
function isEmpty(node: unknown): boolean {
  return isScalar(node) && node.value === null;
}

function wordAt(text: string, offset: number): string {
  return /^[^\s:,}]+/.exec(text.slice(offset))?.[0] ?? '';
}

function firstLine(message: string): string {
  return message.split('\n')[0] ?? message;
}
