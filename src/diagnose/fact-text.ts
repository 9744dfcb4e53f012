// SPDX-License-Identifier: GPL-2.0-only
/** Facts of evidence in a line each, as a verdict shows them. */
import type { Counter } from '../model/evidence.ts';
import type { DeviceAddress, Fact } from '../model/network-state.ts';

/** "host1 TcpInCsumErrors", "host2 w-tap rx_dropped", "bridge b-ebpf t-ebpf drop_spoofed". */
export function counterName({ place, by, bridge, device, key }: Counter): string {
  return [by === 'kernel' ? place : by, bridge, device, key].filter((word) => word !== null).join(' ');
}

/** "host1 net.ipv4.ip_forward". */
export function sysctlName({ place, key }: Pick<Fact, 'place' | 'key'>): string {
  return `${place} ${key}`;
}

/** "host1 net.ipv4.ip_forward = 0". */
export function sysctlText(sysctl: Fact): string {
  return `${sysctlName(sysctl)} = ${sysctl.value}`;
}

/** "host1 default via 10.0.0.1 dev w1". */
export function routeText({ place, value }: Fact): string {
  return `${place} ${value}`;
}

/** "host1 inet t c: tcp dport 9100 drop". */
export function firewallText({ place, key, value }: Fact): string {
  return `${place} ${key}: ${value}`;
}

/** "host1 10.99.0.1/24 on w-tap". */
export function addressText({ place, device, address, prefix }: DeviceAddress): string {
  return `${place} ${address}/${prefix} on ${device}`;
}
