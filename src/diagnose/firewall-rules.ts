// SPDX-License-Identifier: GPL-2.0-only
/** Rules of a firewall as the diagnosis names and changes them: with the tool that owns them. Pure. */
import type { FirewallRule, FirewallTool } from '../model/network-state.ts';

const OLD_CHAIN = /^-[AP] (\S+)/;

/** An older hoplab did not say whose a rule is: only the older tables have rules that begin so. */
function toolOf({ tool, key, value }: FirewallRule): FirewallTool {
  if (tool !== undefined) return tool;
  if (!OLD_CHAIN.test(value)) return 'nft';
  if (key.startsWith('ethernet')) return 'ebtables-legacy';
  return key.startsWith('ip6') ? 'ip6tables-legacy' : 'iptables-legacy';
}

/** The hooks that lead to the rule; none where that is not known. */
export function hooksOf({ hooks, key, value }: FirewallRule): readonly string[] {
  if (hooks !== undefined) return hooks;
  const told = /\bhook (\S+)/.exec(value)?.[1] ?? OLD_CHAIN.exec(value)?.[1] ?? key.split(' ').at(-1) ?? '';
  const hook = told.toLowerCase();
  return /^(prerouting|input|forward|output|postrouting|ingress|egress)$/.test(hook) ? [hook] : [];
}

/** Whether frames meet it in the bridge or at the device, whatever the sysctls of bridges say. */
export function isOfFrames({ key }: FirewallRule): boolean {
  return /^(bridge|netdev|ethernet)\b/.test(key);
}

/** Whether it ends packets by itself. */
export function dropsPackets({ value }: FirewallRule): boolean {
  return /\b(drop|reject)\b/i.test(value);
}

/** Whether it asks for the route back to the sender. */
export function asksForRoute({ value }: FirewallRule): boolean {
  return /\bfib saddr\b/.test(value);
}

/** "nft chain inet mine fww", "chain FORWARD of iptables-legacy's table filter". */
export function chainText(rule: FirewallRule): string {
  const { table, chain, tool } = partsOf(rule);
  return tool === 'nft' ? `nft chain ${rule.key}` : `chain ${chain} of ${tool}'s table ${table}`;
}

/** The command that takes the rule out; null for a policy, and where nothing names the rule to its tool. */
export function removal(rule: FirewallRule): string | null {
  const { table, tool } = partsOf(rule);
  const { key, value, handle } = rule;
  if (value.startsWith('-A')) return `${tool} -t ${table} ${value.replace(/^-A/, '-D')}`;
  // Of iptables-nft too: nft lists its rules, with the number that nft takes.
  return handle === undefined ? null : `nft delete rule ${key} handle ${handle}`;
}

/** The command that lets packets pass before the rule, as the user completes it. */
export function acceptance(rule: FirewallRule): string {
  const { table, chain, tool } = partsOf(rule);
  return tool === 'nft' ? `nft insert rule ${rule.key} ... accept` : `${tool} -t ${table} -I ${chain} ... -j ACCEPT`;
}

/** The command before the chain's rules that accepts what a bridge passes through itself. */
export function acceptBridged(rule: FirewallRule, bridge: string): readonly string[] {
  const { table, chain, tool } = partsOf(rule);
  const hooks = hooksOf(rule);
  const comesIn = !hooks.includes('postrouting');
  const goesOut = !hooks.includes('prerouting');
  if (tool === 'nft') {
    const ends = [...(comesIn ? ['iifname', bridge] : []), ...(goesOut ? ['oifname', bridge] : [])];
    return ['nft', 'insert', 'rule', ...rule.key.split(' '), ...ends, 'accept'];
  }
  const ends = [...(comesIn ? ['-i', bridge] : []), ...(goesOut ? ['-o', bridge] : [])];
  return [tool, '-t', table, '-I', chain, ...ends, '-j', 'ACCEPT'];
}

function partsOf(rule: FirewallRule): { readonly tool: FirewallTool; readonly table: string; readonly chain: string } {
  const [, table = '', listed = ''] = rule.key.split(' ');
  return { tool: toolOf(rule), table, chain: OLD_CHAIN.exec(rule.value)?.[1] ?? listed };
}
