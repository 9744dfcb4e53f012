// SPDX-License-Identifier: GPL-2.0-only
/** What the data path of a path's backend says of itself, where it has one beside the kernel's. */

import type { BackendEvidence } from '../../backends/backend.ts';
import { backendOf } from '../../backends/index.ts';
import { reasonOf } from '../../model/errors.ts';
import { HOST2, type Where, wholeMachine } from '../../model/place.ts';
import { runAt } from '../live/open.ts';
import type { LookAt, Looked } from './look-at.ts';

export async function readBackendEvidence({ lab, path, signal }: LookAt): Promise<Looked<BackendEvidence | null>> {
  const backend = backendOf(path.backend);
  if (backend.observe === undefined) return { found: null, sources: [] };
  const source = { kind: 'data-path', places: [HOST2], of: path.backend, device: null } as const;
  const look = (argv: readonly string[], on: Where = wholeMachine(HOST2)) => runAt(lab, on, argv, signal);
  try {
    const found = await backend.observe({ look, signal }, path.backendPlan);
    return { found, sources: [{ ...source, used: true, why: '' }] };
  } catch (error) {
    signal.throwIfAborted();
    return { found: null, sources: [{ ...source, used: false, why: reasonOf(error) }] };
  }
}
