// SPDX-License-Identifier: GPL-2.0-only
/** The one array of backends: schema, help, docs and the test matrix are derived from it. */
import type { Backend } from './backend.ts';
import { ebpf } from './ebpf/ebpf.ts';
import { host } from './host/host.ts';
import { macvtap } from './macvtap/macvtap.ts';
import { ovs } from './ovs/ovs.ts';
import { passt } from './passt/passt.ts';
import { passthrough } from './passthrough/passthrough.ts';
import { tap } from './tap/tap.ts';
import { user } from './user/user.ts';

/** In the order of the table. The options of a path are parsed by its own backend's schema before they reach `plan`. */
export const backends: readonly Backend[] = [host, user, passt, tap, macvtap, ovs, ebpf, passthrough];

/** Those of a lab that names none: they take nothing of the machine for themselves. */
export const usualBackends: readonly Backend[] = backends.filter(({ named }) => !named);

/** The backend of a kind that a parsed lab file names. Throws a plain Error for any other word: that is a bug. */
export function backendOf(kind: string): Backend {
  const found = backends.find((backend) => backend.kind === kind);
  if (found === undefined) throw new Error(`no backend of kind ${kind}`);
  return found;
}
