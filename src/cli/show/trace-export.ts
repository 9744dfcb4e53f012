// SPDX-License-Identifier: GPL-2.0-only
/** Writes the exports of a trace that `--export KIND[:FILE]` asks for. */
import { createWriteStream } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { HoplabError, reasonOf } from '../../model/errors.ts';
import { EXPORT_KINDS, EXPORT_SUFFIXES, type ExportKind, exportTrace } from '../../render/formats/trace-export.ts';
import type { TraceSource } from '../../results/trace/source.ts';
import { didYouMean } from '../../schema/nearest-word.ts';
import { toolVersion } from '../../system/paths.ts';
import type { CliContext } from '../command.ts';
import { usageError } from '../usage.ts';

export interface WantedExport {
  readonly kind: ExportKind;
  /** null = named after the run, in the folder in which hoplab was called. */
  readonly file: string | null;
}

export function parseExport(text: string): WantedExport {
  const [word = '', ...rest] = text.split(':');
  const kind = EXPORT_KINDS.find((each) => each === word);
  if (kind === undefined)
    throw usageError(
      `--export: no kind "${word}"${didYouMean(word, EXPORT_KINDS)}; there are ${EXPORT_KINDS.join(', ')}`,
    );
  const file = rest.join(':');
  if (rest.length > 0 && file === '') throw usageError(`--export ${text}: a file name belongs after the colon`);
  return { kind, file: file === '' ? null : file };
}

export async function writeExports(
  source: TraceSource,
  wanted: readonly WantedExport[],
  context: CliContext,
): Promise<void> {
  for (const { kind, file } of wanted) {
    for (const { path, pieces } of exportTrace(source, kind, toolVersion)) {
      const name = fileName(file ?? `${source.run.header.id}.${EXPORT_SUFFIXES[kind]}`, path, source.names.length);
      try {
        await pipeline(Readable.from(pieces), createWriteStream(name));
      } catch (error) {
        throw new HoplabError({
          code: 'RUN_NOT_WRITABLE',
          message: `write the export ${name}: ${reasonOf(error)}`,
          hint: `name another file: --export ${kind}:/other/folder/trace.${EXPORT_SUFFIXES[kind]}`,
          cause: error,
        });
      }
      context.say(`${kind}: ${name}`);
    }
  }
}

/** A picture of one path among several has the path in its name, before the suffix. */
function fileName(file: string, path: string | null, paths: number): string {
  if (path === null || paths < 2) return file;
  const [, stem = file, suffix = ''] = /^(.*?)(\.[^./]*)?$/.exec(file) ?? [];
  return `${stem}-${path}${suffix}`;
}
