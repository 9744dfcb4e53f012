// SPDX-License-Identifier: GPL-2.0-only
/**
 * Reads the layouts that tracefs gives: of an event (events/SYSTEM/NAME/format) and of a page of its buffers
 * (events/header_page). They differ between kernels, and so are read and never assumed
 * (Documentation/trace/events.rst, section 3).
 */

export interface EventField {
  readonly offset: number;
  readonly size: number;
  readonly signed: boolean;
  /** __data_loc: the field holds where in the event its bytes are, and how many. */
  readonly dynamic: boolean;
}

export interface EventFormat {
  readonly id: number;
  /** "net_dev_queue". */
  readonly name: string;
  readonly fields: ReadonlyMap<string, EventField>;
}

const FIELD = /^\s*field:(.*?)(\w+)(\[[^\]]*\])?;\s*offset:(\d+);\s*size:(\d+);\s*signed:(\d);/;

/** Null where it is no description of an event. */
export function parseEventFormat(text: string): EventFormat | null {
  const name = /^name:\s*(\S+)/m.exec(text)?.[1];
  const id = /^ID:\s*(\d+)/m.exec(text)?.[1];
  if (name === undefined || id === undefined) return null;
  return { id: Number(id), name, fields: parseFields(text) };
}

function parseFields(text: string): Map<string, EventField> {
  const fields = new Map<string, EventField>();
  for (const line of text.split('\n')) {
    const found = FIELD.exec(line);
    if (found === null) continue;
    const [, type = '', name = '', , offset, size, signed] = found;
    fields.set(name, {
      offset: Number(offset),
      size: Number(size),
      signed: signed === '1',
      dynamic: type.includes('__data_loc') || type.includes('__rel_loc'),
    });
  }
  return fields;
}

export interface PageLayout {
  readonly timestamp: number;
  readonly commit: number;
  readonly commitBytes: number;
  readonly data: number;
}

/** What every kernel so far has on 64 bits; used where header_page cannot be read. */
export const USUAL_PAGE: PageLayout = { timestamp: 0, commit: 8, commitBytes: 8, data: 16 };

export function parsePageLayout(text: string): PageLayout {
  const fields = parseFields(text);
  const [timestamp, commit, data] = [fields.get('timestamp'), fields.get('commit'), fields.get('data')];
  if (timestamp === undefined || commit === undefined || data === undefined) return USUAL_PAGE;
  return {
    timestamp: timestamp.offset,
    commit: commit.offset,
    commitBytes: commit.size,
    data: data.offset,
  };
}
