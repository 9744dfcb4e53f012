/** The place of a live lab by its name. */
import type { Place } from '../../model/place.ts';
import type { GuestSession } from './guest-session.ts';
import type { Lab } from './open.ts';
import { guestTools, hostTools, type ToolPlace } from './tool-place.ts';

export function toolsAt(where: Place, lab: Lab, session: GuestSession | null): ToolPlace {
  if (where !== 'guest') return hostTools({ namespaces: lab.namespaces, host: where, logPath: lab.logPath });
  if (session === null) throw new Error('a tool for the guest, and no guest');
  return guestTools(session.guest.agent);
}
