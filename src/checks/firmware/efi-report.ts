// SPDX-License-Identifier: GPL-2.0-only
/** What the UEFI application native/efiprobe said between the lines of the firmware. */
import type { ConsoleLine } from '../../guest/firmware/console-line.ts';

const LINE = /^hoplab-efi: (\w+)(.*)$/;

interface EfiBlock {
  readonly kind: 'disk' | 'partition';
  readonly medium: string;
  readonly path: string;
  readonly line: ConsoleLine;
}

/** One start of it. */
export interface EfiReport {
  readonly begin: ConsoleLine;
  /** The lines of the firmware since the start before. */
  readonly before: readonly ConsoleLine[];
  /** The medium that it was loaded from, by the name that was written on it; null = unknown. */
  readonly medium: string | null;
  readonly image: ConsoleLine | null;
  /** Of the boot entry that started it; null = none did. */
  readonly entry: { readonly number: number; readonly line: ConsoleLine } | null;
  readonly blocks: readonly EfiBlock[];
  /** Status of setting a volatile and a persistent variable; 0 = done. */
  readonly variables: { readonly volatile: bigint; readonly persistent: bigint; readonly line: ConsoleLine } | null;
  /** Whether it came to its end. */
  readonly whole: boolean;
}

/** Every start of it, in their order. */
export function efiReports(lines: readonly ConsoleLine[]): EfiReport[] {
  const reports: EfiReport[] = [];
  let before: ConsoleLine[] = [];
  for (const line of lines) {
    const match = LINE.exec(line.text);
    if (match === null) {
      before.push(line);
      continue;
    }
    const [, kind = '', rest = ''] = match;
    if (kind === 'begin') {
      reports.push({
        begin: line,
        before,
        medium: null,
        image: null,
        entry: null,
        blocks: [],
        variables: null,
        whole: false,
      });
      before = [];
      continue;
    }
    const last = reports.at(-1);
    if (last !== undefined) reports[reports.length - 1] = { ...last, ...parsed(kind, fieldsOf(rest), { line, last }) };
  }
  return reports;
}

/** " medium=stick1 path=/USB(1,0)": a path is the last, and may have blanks. */
function fieldsOf(text: string): ReadonlyMap<string, string> {
  const fields = new Map<string, string>();
  const [head = '', path] = text.split(/ path=(.*)$/);
  for (const word of head.trim().split(' ')) {
    const at = word.indexOf('=');
    if (at > 0) fields.set(word.slice(0, at), word.slice(at + 1));
  }
  if (path !== undefined) fields.set('path', path);
  return fields;
}

function parsed(
  kind: string,
  fields: ReadonlyMap<string, string>,
  { line, last }: { readonly line: ConsoleLine; readonly last: EfiReport },
): Partial<EfiReport> {
  const hex = (name: string): bigint =>
    /^[0-9a-f]+$/.test(fields.get(name) ?? '') ? BigInt(`0x${fields.get(name)}`) : -1n;
  switch (kind) {
    case 'image':
      return { medium: fields.get('medium') ?? null, image: line };
    case 'entry':
      return { entry: { number: Number(hex('number')), line } };
    case 'disk':
    case 'partition':
      return {
        blocks: [
          ...last.blocks,
          { kind, medium: fields.get('medium') ?? 'none', path: fields.get('path') ?? '', line },
        ],
      };
    case 'variable':
      return { variables: { volatile: hex('volatile'), persistent: hex('persistent'), line } };
    case 'end':
      return { whole: true };
    default:
      return {};
  }
}
