// SPDX-License-Identifier: GPL-2.0-only
/** What a run recorded of the machine's KVM, each fact by a name of its own. */
import type { Environment } from '../../model/environment.ts';

/** All names, in their order. */
export const KVM_FACTS = ['vendor module', 'nested', 'APICv', 'halt_poll_ns'] as const;
type KvmFact = (typeof KVM_FACTS)[number];

/** The kernel's words for a switch. */
const SWITCH: Readonly<Record<string, string>> = { Y: 'on', N: 'off', 1: 'on', 0: 'off' };

/** "" = the kernel does not tell; null = an older run, which recorded none of it. */
export function kvmFacts({ kvm }: Pick<Environment, 'kvm'>): Readonly<Record<KvmFact, string>> | null {
  if (kvm === undefined) return null;
  const { modules, haltPollNs } = kvm;
  // One vendor's module is there; of two, each tells its own.
  const told = (...names: readonly string[]) =>
    Object.values(modules)
      .flatMap((parameters) => names.flatMap((name) => parameters[name] ?? []))
      .map((value) => SWITCH[value] ?? value)
      .join(', ');
  return {
    'vendor module': Object.keys(modules).join(', '),
    nested: told('nested'),
    APICv: told('enable_apicv', 'avic'),
    halt_poll_ns: haltPollNs === null ? '' : String(haltPollNs),
  };
}
