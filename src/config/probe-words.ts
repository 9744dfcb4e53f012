// SPDX-License-Identifier: GPL-2.0-only
/** Probes in the words of a command line: a probe in one word, and every combination of protocols, sizes and paces. */
import type { ProbeSpec, Protocol } from '../model/probe-spec.ts';
import { showProblem } from '../schema/file-problem.ts';
import { parseDuration } from '../schema/quantity.ts';
import { explainIssues } from '../schema/schema-issues.ts';
import { misfitError } from './lab-problem.ts';
import { probeSchema, toProbeSpec } from './probe-schema.ts';

export interface ProbeWords {
  /** "protocol=udp_rr,request=64,pace=1ms". */
  readonly probe?: readonly string[];
  readonly protocol?: readonly Protocol[];
  /** "64" or "64,16k". */
  readonly size?: readonly string[];
  readonly pace?: readonly string[];
}

/** Empty where nothing is named. Throws USAGE. */
export function readProbes(words: ProbeWords): ProbeSpec[] {
  return [...(words.probe ?? []).map(parseProbe), ...crossProbes(words)];
}

/** "5s" as ns, of at least 1 ms. Throws USAGE. */
export function readBlockDuration(text: string): number {
  const read = parseDuration(text);
  if (!read.ok) throw misfitError(`--duration: ${read.why}`);
  if (read.value < 1e6) throw misfitError(`--duration must be at least 1ms, got "${text}"`);
  return read.value;
}

/** --protocol, --size and --pace make every combination of what they name. */
function crossProbes({ protocol, size, pace }: ProbeWords): ProbeSpec[] {
  if (protocol === undefined && size === undefined && pace === undefined) return [];
  return (protocol ?? ['tcp_rr']).flatMap((name) =>
    (size ?? ['1']).flatMap((sizes) => {
      const [request, response = request, ...rest] = sizes.split(',');
      if (rest.length > 0) throw misfitError(`--size takes REQUEST or REQUEST,RESPONSE, got "${sizes}"`);
      return (pace ?? ['0']).map((gap) =>
        toProbe({ protocol: name, request, response, pace: gap }, '--protocol, --size, --pace'),
      );
    }),
  );
}

/** "protocol=udp_rr,request=64,pace=1ms": the keys of the lab file. A first word alone is the protocol. */
function parseProbe(text: string): ProbeSpec {
  const fields: Record<string, unknown> = {};
  for (const [index, part] of text.split(',').entries()) {
    const [key = '', ...rest] = part.split('=');
    const value = rest.join('=').trim();
    if (rest.length > 0) fields[key.trim()] = plainValue(key.trim(), value);
    else if (index === 0) fields.protocol = key.trim();
    else throw misfitError(`--probe takes KEY=VALUE with commas between, got "${part}" in "${text}"`);
  }
  return toProbe(fields, `--probe ${text}`);
}

/** Only the keys whose schema wants a number or a switch: a size or a pace is read as text. */
function plainValue(key: string, value: string): unknown {
  if (key === 'compare') return value === 'true' ? true : value === 'false' ? false : value;
  return key === 'count' && /^-?\d+$/.test(value) ? Number(value) : value;
}

function toProbe(fields: Readonly<Record<string, unknown>>, option: string): ProbeSpec {
  const parsed = probeSchema.safeParse(fields);
  if (parsed.success) return toProbeSpec(parsed.data);
  const problems = explainIssues(parsed.error.issues, {
    input: fields,
    knownKeys: () => Object.keys(probeSchema.shape),
  });
  throw misfitError(`${option}: ${problems.map(showProblem).join('; ')}`, 'docs/lab-file.md lists the keys of a probe');
}
