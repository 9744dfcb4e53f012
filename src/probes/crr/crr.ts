// SPDX-License-Identifier: GPL-2.0-only
/** Probe `crr`: connect, request, response, close; a new connection for every transaction. */
import type { Probe } from '../probe.ts';
import { ROUND_TRIP_COLUMNS } from '../rr/columns.ts';
import { decodeExchange, exchangeOrders } from '../rr/exchange.ts';
import { exchangeKeys } from '../rr/keys.ts';
import { roundTrip } from '../rr/round-trip.ts';
import { summarizePath } from '../rr/summarize.ts';

export const crr: Probe = {
  kind: 'crr',
  summary: 'with a new connection each time',
  protocols: [{ word: 'tcp_crr', transport: 'tcp', keepsSocket: false }],
  keys: exchangeKeys,
  orders: exchangeOrders,
  decode: decodeExchange,
  unit: 'ns',
  measure: () => roundTrip,
  summarize: summarizePath,
  columns: ROUND_TRIP_COLUMNS,
};
