// SPDX-License-Identifier: GPL-2.0-only
/** Which rules for IP the frames of a bridge walk through: those that br_netfilter hands them to. Pure. */
import type { Evidence } from '../model/evidence.ts';
import type { Fact, FirewallRule } from '../model/network-state.ts';
import { hooksOf, isOfFrames } from './firewall-rules.ts';

const KEY = /^net\.bridge\.bridge-nf-call-(?:ip|ip6|arp)tables$/;
/** What a bridge passes on is for no socket of the machine. */
const PASSED_ON: readonly string[] = ['prerouting', 'forward', 'postrouting'];

/** The sysctls of the hosts that hand bridged frames to the rules. */
export function bridgeCalls({ state }: Pick<Evidence, 'state'>): readonly Fact[] {
  return state.sysctls.filter(({ key, value }) => KEY.test(key) && value !== '0');
}

/** Those that hand frames to the tables of these rules. */
export function callsTo(rules: readonly FirewallRule[], calls: readonly Fact[]): readonly Fact[] {
  const families = new Set(rules.map(({ key }) => key.split(' ')[0] ?? ''));
  return calls.filter(({ key }) => {
    const family = /bridge-nf-call-(\w+)tables$/.exec(key)?.[1] ?? '';
    return families.has(family) || (families.has('inet') && family !== 'arp');
  });
}

/** Whether a bridge of the rule's host hands it the frames that it passes on. */
export function walksThrough(evidence: Pick<Evidence, 'state'>, rule: FirewallRule): boolean {
  const { place } = rule;
  return (
    !isOfFrames(rule) &&
    hooksOf(rule).some((hook) => PASSED_ON.includes(hook)) &&
    bridgeCalls(evidence).some((each) => each.place === place)
  );
}
