// SPDX-License-Identifier: GPL-2.0-only
/** What would cure a path. */
import type { LabCommand } from './lab-spec.ts';

/** What would cure a path. */
type CureAction =
  /** The path with other options ({"nic": {"csum": false}}, merged into its own), or with commands once it is attached. */
  | {
      readonly kind: 'path';
      readonly options?: Readonly<Record<string, unknown>>;
      readonly commands?: readonly LabCommand[];
    }
  /** Something that only the user can do: a module to load, a server to start. */
  | { readonly kind: 'advice' };

export interface Cure {
  /** "let the bridge complete the checksum": what is done, in a few words. */
  readonly what: string;
  /** What it costs or breaks beside: "the guest computes every checksum"; "" where nothing is known. */
  readonly cost: string;
  readonly action: CureAction;
}
