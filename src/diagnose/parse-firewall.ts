// SPDX-License-Identifier: GPL-2.0-only
/** Reads the rules and policies that can end a packet, as nft and the tools of the older tables list them. */
import type { FirewallRule, FirewallTool } from '../model/network-state.ts';
import type { Place } from '../model/place.ts';

/** Chains of the older tables that packets come to; the name in lower case is the hook. */
const BUILT_IN = /^(PREROUTING|INPUT|FORWARD|OUTPUT|POSTROUTING|BROUTING)$/;
/** Tables that iptables-nft makes, whose chains have the names of the older ones. */
const OF_IPTABLES = /^(ip|ip6) (filter|nat|mangle|raw|security)$/;

/** Of `iptables-save`: "ip filter" -> "-A INPUT -p tcp -j DROP". */
export function parseIptables(place: Place, tool: FirewallTool, text: string): FirewallRule[] {
  const family = tool.startsWith('ip6') ? 'ip6' : tool.startsWith('eb') ? 'ethernet' : 'ip';
  const chains = new Chains();
  const found: { readonly chain: string; readonly key: string; readonly value: string }[] = [];
  let table = '';
  for (const line of text.split('\n').map((each) => each.trim())) {
    if (line.startsWith('*')) table = line.slice(1);
    const key = `${family} ${table}`;
    const [, opened, policy] = /^:(\S+) (\S+)/.exec(line) ?? [];
    const [, own, target] = /^-A (\S+) .*?-[jg] (\S+)/.exec(line) ?? [];
    if (opened !== undefined && BUILT_IN.test(opened)) chains.base(`${key} ${opened}`, opened.toLowerCase());
    if (own !== undefined && target !== undefined) chains.jump(`${key} ${own}`, `${key} ${target}`);
    if (policy === 'DROP') found.push({ chain: `${key} ${opened}`, key, value: `-P ${opened} DROP` });
    if (target === 'DROP' || target === 'REJECT') found.push({ chain: `${key} ${own}`, key, value: line });
  }
  return found.map(({ chain, key, value }) => ({ place, key, value, tool, hooks: chains.hooksOf(chain) }));
}

/**
 * Of `nft -a list ruleset`: "inet t c" -> "tcp dport 9100 drop". Rules that ask for the route back to a sender are among
 * them: in a chain that drops by its policy they decide.
 */
export function parseNft(place: Place, text: string): FirewallRule[] {
  const chains = new Chains();
  const found: { readonly table: string; readonly key: string; readonly value: string; readonly handle?: string }[] =
    [];
  let [table, chain] = ['', ''];
  for (const line of text.split('\n')) {
    const [words = '', handle] = line.trim().split(/ ?# handle /);
    const opened = /^(table|chain) (.+) \{$/.exec(words);
    if (opened?.[1] === 'table') table = opened[2] ?? '';
    if (opened?.[1] === 'chain') chain = opened[2] ?? '';
    const key = `${table} ${chain}`;
    const hook = /^type \S+ hook (\S+) /.exec(words)?.[1];
    if (hook !== undefined) {
      chains.base(key, hook);
      if (/policy drop/.test(words)) found.push({ table, key, value: `policy drop at hook ${hook}` });
      continue;
    }
    const target = /\b(?:jump|goto) (\S+)$/.exec(words)?.[1];
    if (target !== undefined) chains.jump(key, `${table} ${target}`);
    if (/\b(drop|reject|fib saddr)\b/.test(words) && !words.endsWith('{'))
      found.push({ table, key, value: words, ...(handle === undefined ? {} : { handle }) });
  }
  return found.map(({ table: of, ...rule }) => ({
    place,
    ...rule,
    tool: ownerOf(of, rule.key),
    hooks: chains.hooksOf(rule.key),
  }));
}

/** nft lists the chains of iptables-nft too; their names tell them. */
function ownerOf(table: string, key: string): FirewallTool {
  const family = OF_IPTABLES.exec(table)?.[1];
  const chain = key.slice(table.length + 1);
  if (family === undefined || chain !== chain.toUpperCase()) return 'nft';
  return family === 'ip' ? 'iptables-nft' : 'ip6tables-nft';
}

/** Which hooks lead to a chain, directly or through others. */
class Chains {
  readonly #hooks = new Map<string, string>();
  readonly #callers = new Map<string, Set<string>>();

  base(chain: string, hook: string): void {
    this.#hooks.set(chain, hook);
  }

  jump(from: string, to: string): void {
    this.#callers.set(to, (this.#callers.get(to) ?? new Set()).add(from));
  }

  hooksOf(chain: string): string[] {
    const seen = new Set([chain]);
    for (const each of seen) for (const caller of this.#callers.get(each) ?? []) seen.add(caller);
    return [...new Set([...seen].flatMap((each) => this.#hooks.get(each) ?? []))];
  }
}
