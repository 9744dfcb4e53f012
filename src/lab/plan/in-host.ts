/** A command of the user's own as it runs in one of the lab's hosts. */
import type { LabCommand } from '../../model/lab-spec.ts';

/** The argv of a user's command in its host; what it changed ends with the lab's namespaces. */
export function inHost({ on, run }: LabCommand): string[] {
  return ['ip', 'netns', 'exec', on, ...run];
}
