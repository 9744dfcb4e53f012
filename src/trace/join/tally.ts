// SPDX-License-Identifier: GPL-2.0-only
/** Counts what becomes of records that are in no timeline. */
import type { JoinCounts, UnjoinedRecords } from '../../model/trace-timelines.ts';
import type { TracedMachine } from '../../model/traced-machine.ts';

export class Tally {
  records = 0;
  side = 0;
  acks = 0;
  later = 0;
  readonly #unjoined = new Map<string, UnjoinedRecords & { records: number }>();

  count({ machine, point, why, records }: UnjoinedRecords): void {
    const key = `${machine} ${point} ${why}`;
    const known = this.#unjoined.get(key);
    if (known !== undefined) known.records += records;
    else this.#unjoined.set(key, { machine, point, why, records });
  }

  /** The commonest first. */
  unjoined(): JoinCounts['unjoined'] {
    return [...this.#unjoined.values()].sort((a, b) => b.records - a.records);
  }

  /** One record of this machine. */
  miss(machine: TracedMachine, point: string, why: UnjoinedRecords['why']): void {
    this.count({ machine, point, why, records: 1 });
  }
}
