// SPDX-License-Identifier: GPL-2.0-only
/** What request-and-response kinds share: the prober's orders, and how its records are read. */
import { SAMPLE_FLAGS, type Samples } from '../../model/samples.ts';
import type { ClientOrder, DecodedBlock, Probe, RawBlock, ServerOrder } from '../probe.ts';
import { parseClientHeader, parseServerHeader } from '../prober/prober-header.ts';
import { clientPlanText, serverPlanText } from '../prober/prober-plan.ts';
import { decodeSamplesFile, encodeSamplesFile } from '../prober/samples-file.ts';
import { decodeServerDump, mergeServerTimes } from '../prober/server-times.ts';

const TIMEOUT_NS = 5_000_000_000;
const DATAGRAM_TIMEOUT_NS = 1_000_000_000;

/** A guest's timer fires late by 0.2 to 2.3 ms at the median: only what is beyond is remarkable. */
const GUEST_LATE_NS = 5_000_000;

/** The prober's own, unless deadlines are longer here. */
function timeouts({ probe: { protocol }, patience: factor }: ClientOrder) {
  if (factor === 1) return { timeoutNs: null, connectTimeoutNs: null };
  const timeoutNs = protocol === 'udp_rr' ? DATAGRAM_TIMEOUT_NS : TIMEOUT_NS;
  return { timeoutNs: timeoutNs * factor, connectTimeoutNs: TIMEOUT_NS * factor };
}

export const exchangeOrders: Probe['orders'] = {
  client: (order: ClientOrder) => {
    const { probe, paths, count, warmup, groupSize, seed, placement, inGuest, stampsSent } = order;
    return clientPlanText({
      protocol: probe.protocol,
      paths: paths.map(({ port, connect }, index) => ({ index, address: connect, port, local: null, device: null })),
      requestBytes: probe.requestBytes,
      responseBytes: probe.responseBytes,
      count,
      durationNs: probe.durationNs,
      warmup,
      paceNs: probe.paceNs,
      groupSize,
      seed,
      ...timeouts(order),
      wait: probe.wait,
      // A guest's timers are late by more than it could spin away.
      spinNs: inGuest ? 0 : null,
      lateNs: inGuest ? GUEST_LATE_NS : null,
      stamps: stampsSent ? 'sent' : true,
      placement,
    });
  },

  server: ({ probe, paths, count, warmup, groupSize, placement }: ServerOrder) =>
    serverPlanText({
      listeners: paths.map(({ port, listen }, index) => ({
        index,
        protocol: probe.protocol,
        address: listen,
        port,
        device: null,
      })),
      requestBytes: probe.requestBytes,
      responseBytes: probe.responseBytes,
      records: count === 0 ? null : count + warmup + groupSize,
      wait: probe.wait,
      placement,
    }),
};

/** The client's samples, with the server's own part of each where it is certain. */
export function decodeExchange({ name, probe, client: clientBytes, server }: RawBlock): DecodedBlock {
  const dump = decodeServerDump(server, `${name}: the server's dump`);
  const { header, samples: raw } = decodeSamplesFile(clientBytes, name);
  const client = parseClientHeader(header, name);
  const { protocol, requestBytes } = probe;
  const samples = mergeServerTimes(raw, dump.times, { protocol, requestBytes, connection: null });
  const { badResponses: _, ...counts } = client.counts;
  return {
    samples,
    counts,
    client: client.granted,
    server: parseServerHeader(dump.header, name).granted,
    answered: answeredByPath(samples, client.paths.length),
    lost: client.paths.flatMap(({ index, error }) => (error === null ? [] : [{ index, reason: error }])),
    encode: (block) => encodeSamplesFile(samples, { ...client, block }),
  };
}

function answeredByPath({ length, path, flags }: Samples, paths: number): readonly number[] {
  const answered = Array.from({ length: paths }, () => 0);
  for (let i = 0; i < length; i++) {
    const index = path[i] ?? 0;
    if (((flags[i] ?? 0) & SAMPLE_FLAGS.lost) === 0) answered[index] = (answered[index] ?? 0) + 1;
  }
  return answered;
}
