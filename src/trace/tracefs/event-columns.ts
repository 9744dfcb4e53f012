// SPDX-License-Identifier: GPL-2.0-only
/** Events of one CPU's buffer as columns that grow. */

export interface EventColumns {
  length: number;
  /** ns after the file's origin. */
  timeNs: Float64Array;
  /** Low 48 bits of a kernel address, which tell two apart. */
  key: Float64Array;
  x: Int32Array;
  y: Int32Array;
  z: Int32Array;
  /** The task that ran. */
  pid: Int32Array;
  /** Index into the names of devices; -1 = none. Of a switch: into the names of tasks. */
  name: Int16Array;
  kind: Uint8Array;
}

export function createColumns(capacity = 4096): EventColumns {
  return {
    length: 0,
    timeNs: new Float64Array(capacity),
    key: new Float64Array(capacity),
    x: new Int32Array(capacity),
    y: new Int32Array(capacity),
    z: new Int32Array(capacity),
    pid: new Int32Array(capacity),
    name: new Int16Array(capacity),
    kind: new Uint8Array(capacity),
  };
}

/** Makes room for `more` events. */
export function reserve(columns: EventColumns, more: number): void {
  const need = columns.length + more;
  if (need <= columns.timeNs.length) return;
  const capacity = Math.max(need, columns.timeNs.length * 2);
  const grown = createColumns(capacity);
  grown.timeNs.set(columns.timeNs.subarray(0, columns.length));
  grown.key.set(columns.key.subarray(0, columns.length));
  grown.x.set(columns.x.subarray(0, columns.length));
  grown.y.set(columns.y.subarray(0, columns.length));
  grown.z.set(columns.z.subarray(0, columns.length));
  grown.pid.set(columns.pid.subarray(0, columns.length));
  grown.name.set(columns.name.subarray(0, columns.length));
  grown.kind.set(columns.kind.subarray(0, columns.length));
  const { length } = columns;
  Object.assign(columns, grown, { length });
}

/** Drops the first `count` events. */
export function dropFirst(columns: EventColumns, count: number): void {
  const { length } = columns;
  columns.timeNs.copyWithin(0, count, length);
  columns.key.copyWithin(0, count, length);
  columns.x.copyWithin(0, count, length);
  columns.y.copyWithin(0, count, length);
  columns.z.copyWithin(0, count, length);
  columns.pid.copyWithin(0, count, length);
  columns.name.copyWithin(0, count, length);
  columns.kind.copyWithin(0, count, length);
  columns.length = length - count;
}
