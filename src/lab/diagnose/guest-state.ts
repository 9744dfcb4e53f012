// SPDX-License-Identifier: GPL-2.0-only
/** The guest's side of the network's state: its agent has no tools, so it comes from /proc, /sys and ethtool's ioctl. */

import { ofKernel, parseProcNet } from '../../diagnose/counters.ts';
import { parseArpTable, parseRouteTable } from '../../diagnose/parse-proc.ts';
import { reasonOf } from '../../model/errors.ts';
import type { Counter } from '../../model/evidence.ts';
import type { DeviceView, NetworkState } from '../../model/network-state.ts';
import type { Place } from '../../model/place.ts';
import type { EvidenceSource, SourceId, SourceKind } from '../../model/source.ts';
import { guestAt, machineAt } from '../live/open.ts';
import type { LookAt, Looked } from './look-at.ts';

/** The agent's words for offloads, as ethtool -k names them. */
const OFFLOADS = {
  txChecksum: 'tx-checksumming',
  rxChecksum: 'rx-checksumming',
  sg: 'scatter-gather',
  tso: 'tcp-segmentation-offload',
  gso: 'generic-segmentation-offload',
  gro: 'generic-receive-offload',
  lro: 'large-receive-offload',
} as const;

const SYSCTLS = ['net.ipv4.conf.all.rp_filter', 'net.ipv4.icmp_echo_ignore_all', 'net.ipv6.conf.all.disable_ipv6'];

export async function guestState({ lab, path, signal }: LookAt, place: Place): Promise<Looked<NetworkState>> {
  const { guest, nics: plugged } = guestAt(lab, place);
  const { agent } = guest;
  const sources: EvidenceSource[] = [];
  const ask = async <T>(kind: SourceKind, work: () => Promise<T>, otherwise: T): Promise<T> => {
    const source: SourceId = { kind, places: [place], of: null, device: null };
    try {
      const found = await work();
      sources.push({ ...source, used: true, why: '' });
      return found;
    } catch (error) {
      signal.throwIfAborted();
      sources.push({ ...source, used: false, why: reasonOf(error) });
      return otherwise;
    }
  };
  const read = (file: string) => readText({ lab, signal }, place, file);
  const nic = plugged.find((each) => each.path === path.name);
  const nics = await ask('devices', () => agent.counters({ signal }), []);
  const carriers = await ask(
    'carrier',
    () => Promise.all(nics.map(({ name }) => read(`/sys/class/net/${name}/carrier`).catch(() => '0'))),
    [],
  );
  const features = nic === undefined ? null : await ask('offloads', () => agent.features(nic.device, { signal }), null);
  const keys = [...SYSCTLS, ...(nic === undefined ? [] : [`net.ipv4.conf.${nic.device}.rp_filter`])];
  const values = await ask(
    'sysctls',
    () => Promise.all(keys.map((key) => read(`/proc/sys/${key.replaceAll('.', '/')}`).catch(() => null))),
    [],
  );
  const planned = path.backendPlan.nic;
  return {
    found: {
      devices: nics.map(
        ({ name, mac, mtu, up }, i): DeviceView => ({
          place,
          name,
          kind: name === nic?.device ? (features?.driver ?? '') : '',
          ...{ mac, mtu, up },
          carrier: carriers[i]?.trim() === '1',
          master: null,
          portState: null,
          promiscuous: false,
          allMulticast: false,
          xdp: null,
          offloads:
            name === nic?.device && features !== null
              ? Object.fromEntries(
                  Object.entries(OFFLOADS).map(([key, word]) => [word, features[key as keyof typeof OFFLOADS]]),
                )
              : {},
        }),
      ),
      neighbours: parseArpTable(place, await ask('neighbours', () => read('/proc/net/arp'), '')),
      fdb: [],
      fdbFill: [],
      vlans: [],
      sysctls: keys.flatMap((key, i) => (values[i] == null ? [] : [{ place, key, value: values[i].trim() }])),
      routes: parseRouteTable(place, await ask('routes', () => read('/proc/net/route'), '')),
      firewall: [],
      addresses:
        planned === null || nic === undefined
          ? []
          : [{ place, device: nic.device, address: planned.address, prefix: planned.prefix }],
    },
    sources,
  };
}

export async function guestCounters({ lab, signal }: Pick<LookAt, 'lab' | 'signal'>, place: Place): Promise<Counter[]> {
  const { agent } = guestAt(lab, place).guest;
  const read = (file: string) => readText({ lab, signal }, place, file);
  const [nics, snmp, netstat] = await Promise.all([
    agent.counters({ signal }),
    read('/proc/net/snmp'),
    read('/proc/net/netstat'),
  ]);
  const devices = nics.flatMap(({ name, ...nic }) => [
    ofKernel(place, name, 'rx_packets', nic.rxPackets),
    ofKernel(place, name, 'rx_errors', nic.rxErrors),
    ofKernel(place, name, 'rx_dropped', nic.rxDropped),
    ofKernel(place, name, 'tx_packets', nic.txPackets),
    ofKernel(place, name, 'tx_errors', nic.txErrors),
    ofKernel(place, name, 'tx_dropped', nic.txDropped),
  ]);
  return [...devices, ...parseProcNet(place, `${snmp}\n${netstat}`)];
}

async function readText({ lab, signal }: Pick<LookAt, 'lab' | 'signal'>, place: Place, file: string): Promise<string> {
  return (await machineAt(lab, place).get(file, { signal })).toString('utf8');
}
