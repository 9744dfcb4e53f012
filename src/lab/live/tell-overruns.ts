// SPDX-License-Identifier: GPL-2.0-only
/** Adds to an error of a block or a ladder which process the kernel ended because it did not sleep: the likely reason. */
import { HoplabError } from '../../model/errors.ts';
import { OVERRUN_HINT } from '../../system/service.ts';
import type { Guest } from '../../vmms/boot.ts';
import { overrunsOf } from './attach.ts';
import type { Lab } from './open.ts';

export interface OverrunsAt {
  readonly lab: Pick<Lab, 'attached' | 'guests'>;
  readonly paths: readonly string[];
}

export function tellOverruns(error: HoplabError, { lab, paths }: OverrunsAt): HoplabError {
  const attached = paths.flatMap((name) => lab.attached.get(name) ?? []);
  const overruns = [
    ...attached.flatMap(overrunsOf),
    ...[...lab.guests.values()].flatMap(({ guest }) => overrunOf(guest)),
  ];
  if (overruns.length === 0) return error;
  const message = [error.message, ...overruns].join('; ');
  return new HoplabError({ code: error.code, message, hint: OVERRUN_HINT, cause: error });
}

function overrunOf({ vmm, service: { overran } }: Guest): string[] {
  return overran === null ? [] : [`${vmm.name}: ${overran}`];
}
