// SPDX-License-Identifier: GPL-2.0-only
/** The fields that rows of several kinds have in common: of a run, of a probe, of what failed. */
import type { FailedCell } from '../../model/block.ts';
import type { ProbeSpec } from '../../model/probe-spec.ts';
import type { RunHeader } from '../../model/run-header.ts';
import type { CsvRow } from './csv.ts';

export function headFields({ id, label, startedAt }: RunHeader): CsvRow {
  return { run: id, label, started: startedAt };
}

export function probeFields({
  name,
  protocol,
  direction,
  requestBytes,
  responseBytes,
  paceNs,
  wait,
}: ProbeSpec): CsvRow {
  return {
    probe: name,
    protocol,
    direction,
    request_bytes: requestBytes,
    response_bytes: responseBytes,
    pace_ns: paceNs,
    wait,
  };
}

export function failedFields({ probe, path, code, reason, draw }: FailedCell): CsvRow {
  return { probe, path, reference: draw?.pair[1], code, reason };
}
