// SPDX-License-Identifier: GPL-2.0-only
/** Probe `rr`: request and response on a connection, or between two UDP sockets, that stays for the whole block. */
import type { Probe } from '../probe.ts';
import { ROUND_TRIP_COLUMNS } from './columns.ts';
import { decodeExchange, exchangeOrders } from './exchange.ts';
import { exchangeKeys } from './keys.ts';
import { roundTrip } from './round-trip.ts';
import { summarizePath } from './summarize.ts';

export const rr: Probe = {
  kind: 'rr',
  summary: 'request and response',
  protocols: [
    { word: 'tcp_rr', transport: 'tcp', keepsSocket: true },
    { word: 'udp_rr', transport: 'udp', keepsSocket: true },
  ],
  keys: exchangeKeys,
  orders: exchangeOrders,
  decode: decodeExchange,
  unit: 'ns',
  measure: () => roundTrip,
  summarize: summarizePath,
  columns: ROUND_TRIP_COLUMNS,
};
