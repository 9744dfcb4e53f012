// SPDX-License-Identifier: GPL-2.0-only
/** The shape of plan.json as it is written; `RecordedPlan` is what is read back of it. */
import type { OpenDevice } from '../model/attachment.ts';
import type { Host, Place } from '../model/place.ts';
import type { BackendPlan, PathPlan, Plan, PlannedService, Step } from '../model/plan.ts';
import type { ATTACHMENT_KEY } from '../model/recorded-words.ts';

/** A machine as a whole is null, as older runs have it. */
export interface RecordedStep extends Omit<Step, 'on'> {
  readonly on: Place | null;
}

export interface RecordedService extends Omit<PlannedService, 'whenReady'> {
  readonly whenReady?: readonly RecordedStep[];
}

/** What was `attachment` has the keys that older runs have, too. */
export interface PlanFile extends Omit<Plan, 'paths' | 'hostSteps' | 'machines'> {
  /** Their kinds, only of a lab that names them; what they are told is in the spec. */
  readonly machines?: Readonly<Record<Host, string>>;
  readonly hostSteps: readonly RecordedStep[];
  readonly paths: readonly (Omit<PathPlan, 'backendPlan'> & {
    readonly backendPlan: Omit<BackendPlan, 'attachment' | 'steps' | 'services'> & {
      readonly steps: readonly RecordedStep[];
      readonly services: readonly RecordedService[];
      /** What the VMM was told of the attachment, in its own words; null for a path without a guest. */
      readonly [ATTACHMENT_KEY]: Readonly<Record<string, unknown>> | null;
      readonly openDevice: OpenDevice | null;
    };
  })[];
}
