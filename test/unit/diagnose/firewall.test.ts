// SPDX-License-Identifier: GPL-2.0-only
/** Firewalls: which rules end a packet, where packets come to them, and advice in the words of the tool that owns them. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { conclude } from '../../../src/diagnose/conclude.ts';
import { firewallText } from '../../../src/diagnose/fact-text.ts';
import { parseIptables, parseNft } from '../../../src/diagnose/parse-firewall.ts';
import type { Verdict } from '../../../src/model/diagnosis.ts';
import type { Evidence } from '../../../src/model/evidence.ts';
import type { FirewallRule } from '../../../src/model/network-state.ts';
import { cureText } from '../../../src/words/cure.ts';
import { readEvidence } from '../../fixtures/recorded-evidence.ts';
import { everyRule } from '../../support/every-rule.ts';

/** As nftables 1.0.6 prints it with -a. */
const RULESET = `table inet mine { # handle 1
	chain fww { # handle 1
		type filter hook forward priority filter; policy drop;
		ip saddr 1.2.3.4 counter packets 0 bytes 0 drop # handle 2
		jump sub # handle 5
	}

	chain sub { # handle 3
		fib saddr . iif oif missing drop # handle 4
		meta l4proto { tcp, udp } accept # handle 6
	}
}
table ip filter { # handle 2
	chain FORWARD { # handle 1
		type filter hook forward priority filter; policy accept;
		ip saddr 10.1.1.1 counter packets 0 bytes 0 reject with icmp port-unreachable # handle 2
	}
}
`;

describe('the rules of a firewall', () => {
  it("of nftables have their chain, the hooks that lead there, nft's number, and whose they are", () => {
    const rules = parseNft('host1', RULESET);
    assert.deepEqual(rules.map(firewallText), [
      'host1 inet mine fww: policy drop at hook forward',
      'host1 inet mine fww: ip saddr 1.2.3.4 counter packets 0 bytes 0 drop',
      'host1 inet mine sub: fib saddr . iif oif missing drop',
      'host1 ip filter FORWARD: ip saddr 10.1.1.1 counter packets 0 bytes 0 reject with icmp port-unreachable',
    ]);
    assert.deepEqual(
      rules.map(({ tool, hooks, handle }) => [tool, hooks?.join(), handle]),
      [
        ['nft', 'forward', undefined],
        ['nft', 'forward', '2'],
        ['nft', 'forward', '4'],
        ['iptables-nft', 'forward', '2'],
      ],
    );
  });

  it('of the older tables have the same, through the chains that lead there', () => {
    const text =
      '*filter\n:INPUT ACCEPT [0:0]\n:FORWARD DROP [0:0]\n:DOCKER - [0:0]\n-A INPUT -p tcp -m tcp --dport 1 -j DROP\n-A INPUT -j LOG\n-A FORWARD -o b0 -j DOCKER\n-A DOCKER -s 10.0.0.1/32 -j DROP\nCOMMIT\n';
    const rules = parseIptables('host2', 'iptables-legacy', text);
    assert.deepEqual(
      rules.map((rule) => `${firewallText(rule)} (${rule.hooks?.join()})`),
      [
        'host2 ip filter: -P FORWARD DROP (forward)',
        'host2 ip filter: -A INPUT -p tcp -m tcp --dport 1 -j DROP (input)',
        'host2 ip filter: -A DOCKER -s 10.0.0.1/32 -j DROP (forward)',
      ],
    );
  });
});

/** The recorded path whose bridged frames are dropped in host2, with other rules. */
function bridged(firewall: readonly FirewallRule[]): Evidence {
  const evidence = readEvidence('fault-bridge-nf-call-iptables');
  return { ...evidence, state: { ...evidence.state, firewall: [...firewall] } };
}

function first(evidence: Evidence): Verdict {
  const [verdict] = conclude(evidence, everyRule).verdicts;
  return verdict ?? assert.fail('no rule spoke');
}

const chain = (name: string, ...lines: readonly string[]) =>
  `table inet fw {\n\tchain ${name} {\n${lines.map((line) => `\t\t${line}\n`).join('')}\t}\n}\n`;
const nft = (...lines: readonly string[]) => parseNft('host2', chain('fww', ...lines));

describe('bridged frames that a chain drops', () => {
  it('are told with the very table and chain of nftables, and an accept in that chain; no word of iptables', () => {
    const { rule, text, cures } = first(bridged(nft('type filter hook forward priority filter; policy drop;')));
    assert.equal(rule, 'bridge-nf-call-iptables');
    assert.match(text, /nft chain inet fw fww drops them$/);
    const said = cures.map(cureText);
    assert.match(said[0] ?? '', /host2# sysctl -q -w net\.bridge\.bridge-nf-call-iptables=0/);
    assert.match(said[1] ?? '', /host2# nft insert rule inet fw fww iifname b-nf oifname b-nf accept\)/);
    for (const each of said) assert.doesNotMatch(each, /iptables -|iptables-legacy|iptables-nft/);
  });

  it('get an accept in each chain that drops them: one does not undo the drop of another', () => {
    const legacy = parseIptables('host2', 'iptables-legacy', '*filter\n:FORWARD DROP [0:0]\nCOMMIT\n');
    const both = [...nft('type filter hook forward priority filter; policy drop;'), ...legacy];
    const { text, cures } = first(bridged(both));
    assert.match(text, /nft chain inet fw fww and chain FORWARD of iptables-legacy's table filter drop them/);
    assert.match(
      cures.map(cureText).at(-1) ?? '',
      /nft insert rule .* accept; host2# iptables-legacy -t filter -I FORWARD -i b-nf -o b-nf -j ACCEPT/,
    );
  });

  it('for want of a route back: a route on the bridge is a cure, and no rule is removed', () => {
    const rules = nft(
      'type filter hook prerouting priority mangle + 10; policy drop;',
      'fib saddr . mark . iif oif exists accept',
    );
    const { rule, text, cures, evidence } = first(bridged(rules));
    assert.equal(rule, 'bridge-nf-call-iptables');
    assert.match(text, /unless host2 has a route back to the sender through b-nf$/);
    assert.ok(evidence.some((line) => /fib saddr/.test(line)));
    const said = cures.map(cureText).join('\n');
    assert.match(said, /host2# ip route add 10\.99\.\d+\.0\/24 dev b-nf/);
    assert.match(said, /host2# nft insert rule inet fw fww iifname b-nf accept\)/);
    assert.doesNotMatch(said, /remove|delete/);
  });

  it('are no business of a chain that packets for the machine itself come to', () => {
    const rules = nft('type filter hook input priority filter; policy drop;');
    assert.notEqual(conclude(bridged(rules), everyRule).verdicts[0]?.rule, 'bridge-nf-call-iptables');
  });
});

describe('a rule that drops on the way in', () => {
  const dropped = (firewall: readonly FirewallRule[]) => {
    const evidence = readEvidence('fault-firewall-drop');
    return first({ ...evidence, state: { ...evidence.state, firewall: [...firewall] } });
  };

  it('is named by table, chain and number, in the words of nft', () => {
    const rules = parseNft(
      'host1',
      chain('c', 'type filter hook input priority 0; policy accept;', 'meta l4proto udp drop # handle 7'),
    );
    const { rule, text, cures } = dropped(rules);
    assert.equal(rule, 'firewall-drop');
    assert.match(text, /^nft chain inet fw c in host1 drops what fails here/);
    const [said = ''] = cures.map(cureText);
    assert.match(said, /nft delete rule inet fw c handle 7.*nft insert rule inet fw c \.\.\. accept/);
    assert.doesNotMatch(said, /iptables/);
  });

  it('of an older table is named with the tool that owns it, and the words that take it out', () => {
    const rules = parseIptables('host1', 'ip6tables-legacy', '*filter\n:INPUT ACCEPT [0:0]\n-A INPUT -p udp -j DROP\n');
    const [said = ''] = dropped(rules).cures.map(cureText);
    assert.match(said, /ip6tables-legacy -t filter -D INPUT -p udp -j DROP/);
    assert.doesNotMatch(said, /nft/);
  });

  it('is not one whose chain packets are only forwarded through, whatever its name', () => {
    const forwarding = parseNft('host1', chain('c', 'type filter hook forward priority 0; policy drop;'));
    const evidence = readEvidence('fault-firewall-drop');
    const { verdicts } = conclude({ ...evidence, state: { ...evidence.state, firewall: forwarding } }, everyRule);
    assert.ok(!verdicts.some(({ rule }) => rule === 'firewall-drop'));
  });
});
