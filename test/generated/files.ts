// SPDX-License-Identifier: GPL-2.0-only
/** Every committed file that is made by code, with what it must hold: `npm run docs` writes them, a test compares them. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { backends } from '../../src/backends/index.ts';
import { commandDocs } from '../../src/cli/docs/command-docs.ts';
import { errorDocs } from '../../src/cli/docs/error-docs.ts';
import { manPages } from '../../src/cli/docs/man-pages.ts';
import { compareJsonSchema } from '../../src/compare/compare-schema.ts';
import { trendJsonSchema } from '../../src/compare/trend-schema.ts';
import { labFileDocs } from '../../src/config/lab-file-docs.ts';
import { labJsonSchema } from '../../src/config/lab-json-schema.ts';
import { nicJsonSchema } from '../../src/nic/nic.ts';
import { checkJsonSchema } from '../../src/results/check/schema.ts';
import { diagnosisJsonSchema } from '../../src/results/diagnosis/schema.ts';
import { resultsJsonSchema } from '../../src/results/run/schema.ts';
import { traceJsonSchema } from '../../src/results/trace/schema.ts';
import { projectFolder } from '../fixtures/project-folder.ts';
import { everyRule } from '../support/every-rule.ts';
import { backendParts, backendTable } from './backend-pages.ts';
import { grafanaDashboard } from './grafana-dashboard.ts';
import { generatedNames, readPage, withGenerated } from './markdown.ts';

/** Path from the project's folder -> content. */
export async function generatedFiles(): Promise<ReadonlyMap<string, string>> {
  const pages = await manPages();
  const files: [string, string][] = [
    ['schema/lab.schema.json', `${JSON.stringify(labJsonSchema(backends), null, 2)}\n`],
    ['schema/results.schema.json', resultsJsonSchema()],
    ['schema/compare.schema.json', compareJsonSchema()],
    ['schema/trend.schema.json', trendJsonSchema()],
    ['schema/trace.schema.json', traceJsonSchema()],
    ['schema/diagnosis.schema.json', diagnosisJsonSchema()],
    ['schema/check.schema.json', checkJsonSchema()],
    ['schema/nic.schema.json', nicJsonSchema()],
    ['docs/grafana.json', grafanaDashboard()],
    ['docs/lab-file.md', labFileDocs(backends)],
    ['docs/errors.md', errorDocs()],
    ['docs/commands.md', await commandDocs()],
    inPage('docs/backends/README.md', { backends: backendTable() }),
    inPage('docs/diagnose.md', { rules: ruleTable() }),
    ...backends.map((backend) => inPage(`docs/backends/${backend.kind}.md`, backendParts(backend))),
    ...[...pages].map(([name, text]): [string, string] => [`man/${name}`, text]),
  ];
  return new Map(files);
}

/** A page that people write, with the parts between its markers. Throws where it is missing, or its markers are others. */
function inPage(page: string, parts: Readonly<Record<string, string>>): [string, string] {
  if (!existsSync(join(projectFolder(), page))) {
    const markers = Object.keys(parts).map((name) => `<!-- generated: ${name} -->\n<!-- end -->`);
    throw new Error(`${page} is missing: write it, after the page beside it, with\n${markers.join('\n')}`);
  }
  const text = readPage(page);
  const [marked, made] = [generatedNames(text).sort().join(), Object.keys(parts).sort().join()];
  if (marked !== made) throw new Error(`${page} has markers for ${marked}, and the code makes ${made}`);
  return [page, withGenerated(text, parts)];
}

function ruleTable(): string {
  const rows = everyRule.map(({ name, summary }) => `| \`${name}\` | ${summary} |`);
  return ['| rule | symptom and cause |', '|---|---|', ...rows].join('\n');
}
