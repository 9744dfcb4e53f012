// SPDX-License-Identifier: GPL-2.0-only
/** A cure as a path of its own: the same backend with other options, or with commands once it is attached. */
import { backendOf } from '../../backends/index.ts';
import type { Cure } from '../../model/cure.ts';
import type { PathSpec } from '../../model/lab-spec.ts';

export interface Variant {
  readonly name: string;
  /** The path's number in the lab that was diagnosed: its commands, and those of the cure, name the devices of that lab. */
  readonly index: number;
}

/** The path with the cure, under a new name; null for a cure that only the user can apply. */
export function curedPath(path: PathSpec, { action }: Cure, { name, index }: Variant): PathSpec | null {
  if (action.kind === 'advice') return null;
  const { options = {}, commands = [] } = action;
  return {
    ...path,
    name,
    options: backendOf(path.backend).options.parse(mergeOptions(path.options, options)),
    commands: [...(path.commands ?? []), ...commands],
    commandsFor: path.commandsFor ?? { path: path.name, index },
  };
}

/** Objects are merged key by key, everything else is replaced. */
function mergeOptions(own: unknown, changes: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const merged: Record<string, unknown> = isObject(own) ? { ...own } : {};
  for (const [key, value] of Object.entries(changes)) {
    merged[key] = isObject(value) && isObject(merged[key]) ? mergeOptions(merged[key], value) : value;
  }
  return merged;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
