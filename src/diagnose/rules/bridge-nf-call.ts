// SPDX-License-Identifier: GPL-2.0-only
/** Rule: bridged frames pass through the rules for IP, and a chain there drops them. */
import type { OfferedCure } from '../../model/cure.ts';
import type { Evidence } from '../../model/evidence.ts';
import type { DeviceView, Fact, FirewallRule } from '../../model/network-state.ts';
import { HOST1, HOST2, type Host } from '../../model/place.ts';
import { bridgeCalls, callsTo, walksThrough } from '../bridge-calls.ts';
import { firewallText, sysctlName } from '../fact-text.ts';
import { acceptBridged, asksForRoute, chainText, dropsPackets, hooksOf } from '../firewall-rules.ts';
import { dropLines, fails, passes, type Rule, tellsDrops, touchedAt } from '../rule.ts';

export const bridgeNfCall: Rule = {
  name: 'bridge-nf-call-iptables',
  summary: 'A bridge drops IP and passes ARP: bridge-nf-call-iptables hands its frames to a chain that drops.',
  needs: [{ kind: 'sysctls', at: HOST1 }, { kind: 'sysctls', at: HOST2 }, { kind: 'firewall' }, { kind: 'devices' }],
  adds: ['drops', 'routes'],

  suspects: (climbed) => fails(climbed, 'icmp', 'udp-small', 'tcp-connect') && passes(climbed, 'arp'),

  check(evidence) {
    const on = bridgeCalls(evidence);
    const met = evidence.state.firewall.filter((rule) => walksThrough(evidence, rule));
    const rules = met.filter(dropsPackets);
    const place = on.find((each) => rules.some((rule) => rule.place === each.place))?.place;
    const ports = evidence.state.devices.filter((device) => device.place === place && device.portState !== null);
    const [port] = ports;
    if ((place !== HOST1 && place !== HOST2) || port === undefined) return null;
    const dropped = evidence.drops.some((drop) => drop.place === place && drop.reason.startsWith('NETFILTER_DROP'));
    // Where the kernel tells its drops, and tells none of this kind, the rules are another path's.
    if (!dropped && tellsDrops(evidence, place)) return null;
    const own = rules.filter((rule) => rule.place === place);
    const calls = callsTo(
      own,
      on.filter((each) => each.place === place),
    );
    const here = { place, on: calls, bridge: bridgeOf(evidence, place, port) };
    const chains = [...new Set(own.map(chainText))];
    const way = met.filter((rule) => rule.place === place && asksForRoute(rule));
    const routed = way.length === 0 ? '' : `, unless ${place} has a route back to the sender through ${here.bridge}`;
    return {
      text: `the bridge in ${place} hands its frames to netfilter (${callNames(here.on)}), where ${chains.join(' and ')} ${chains.length === 1 ? 'drops' : 'drop'} them${routed}`,
      confidence: dropped ? 'certain' : 'possible',
      severity: 'broken',
      at: 'bridge',
      evidence: [
        ...dropLines(evidence, /^NETFILTER_DROP/),
        ...calls.map((each) => `${sysctlName(each)} = ${each.value}`),
        ...own.map(firewallText),
        ...way.filter((rule) => !dropsPackets(rule)).map(firewallText),
      ],
      cures: [keepOut(here), ...(way.length === 0 ? [] : [routeBack(evidence, here)]), accept(own, here)],
    };
  },
};

interface Here {
  readonly place: Host;
  readonly on: readonly Fact[];
  readonly bridge: string;
}

function keepOut({ place, on }: Here): OfferedCure {
  return {
    what: 'keep bridged frames out of the rules for IP',
    cost: 'those rules no longer hold for what any bridge of the machine passes on',
    touches: touchedAt(place),
    action: { kind: 'path', commands: on.map(({ key }) => ({ on: place, run: ['sysctl', '-q', '-w', `${key}=0`] })) },
  };
}

function routeBack({ plan }: Evidence, { place, bridge }: Here): OfferedCure {
  const subnet = `${plan.wire.host1.address.replace(/\d+$/, '0')}/${plan.wire.prefix}`;
  return {
    what: `give ${place} a route back to the senders: a route, or an address of their subnet, on ${bridge}`,
    cost: `${place} sends to that subnet through the bridge`,
    touches: touchedAt(place),
    action: { kind: 'path', commands: [{ on: place, run: ['ip', 'route', 'add', subnet, 'dev', bridge] }] },
  };
}

/** In each chain: an accept in one does not undo the drop of another. */
function accept(rules: readonly FirewallRule[], { place, bridge }: Here): OfferedCure {
  const chains = [...new Map(rules.map((rule) => [chainText(rule), rule])).values()];
  const isFrom = chains.some((rule) => hooksOf(rule).includes('prerouting'));
  return {
    what: `let ${chains.map(chainText).join(' and ')} accept what ${bridge} passes on`,
    cost: `every bridged frame still walks through the rules${isFrom ? ', and what comes in through the bridge for the machine itself is accepted too' : ''}`,
    touches: touchedAt(place),
    action: { kind: 'path', commands: chains.map((rule) => ({ on: place, run: acceptBridged(rule, bridge) })) },
  };
}

/** The path's own, where several paths have one. */
function bridgeOf({ plan }: Evidence, place: Host, port: DeviceView): string {
  const { hops } = plan.backendPlan;
  return hops.find((hop) => hop.where === place && hop.name === 'bridge')?.device ?? port.master ?? 'the bridge';
}

/** "bridge-nf-call-iptables = 1". */
function callNames(on: readonly Fact[]): string {
  return on.map(({ key, value }) => `${key.split('.').at(-1)} = ${value}`).join(', ');
}
