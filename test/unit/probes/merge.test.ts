// SPDX-License-Identifier: GPL-2.0-only
/** Residence times reach the sample they belong to, or none; impossible samples are found. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { HoplabError } from '../../../src/model/errors.ts';
import { emptySamples, SAMPLE_FLAGS, type Samples } from '../../../src/model/samples.ts';
import { checkSamples } from '../../../src/probes/prober/check-samples.ts';
import { writeContainer } from '../../../src/probes/prober/container.ts';
import {
  decodeServerDump,
  mergeServerTimes,
  SERVICE,
  type ServerTimes,
} from '../../../src/probes/prober/server-times.ts';

type Service = { listener?: number; connection?: number; tag: number; serverNs: number };

/** A dump as the server writes it, read back: merging is tested on what decoding gives. */
function times(services: readonly Service[]): ServerTimes {
  const records = Buffer.alloc(services.length * SERVICE.size);
  for (const [i, { listener = 0, connection = 0, tag, serverNs }] of services.entries()) {
    const at = i * SERVICE.size;
    records.writeUInt16LE(listener, at + SERVICE.listener);
    records.writeUInt16LE(connection, at + SERVICE.connection);
    records.writeUInt32LE(i, at + SERVICE.seq);
    records.writeUInt32LE(serverNs, at + SERVICE.serverNs);
    records.writeUInt32LE(tag, at + SERVICE.tag);
  }
  const dump = writeContainer({ magic: 'HOPLABR\n', recordBytes: SERVICE.size }, { role: 'server' }, records);
  return decodeServerDump(Buffer.concat([Buffer.from('ready\n'), dump]), 'server').times;
}

/** One sample per entry of `paths`, 1000 ns each. */
function block(paths: readonly number[]): Samples {
  const samples = emptySamples(paths.length);
  for (const [i, path] of paths.entries()) {
    samples.seq[i] = i;
    samples.path[i] = path;
    samples.rttNs[i] = 1000;
    samples.schedNs[i] = BigInt(i * 2000);
  }
  return samples;
}

const stamped = (samples: Samples): (number | null)[] =>
  Array.from(samples.serverNs, (ns, i) => (((samples.flags[i] ?? 0) & SAMPLE_FLAGS.serverStamp) !== 0 ? ns : null));

const udp = { protocol: 'udp_rr', requestBytes: 4, connection: null } as const;
const tcp = { protocol: 'tcp_rr', requestBytes: 1, connection: null } as const;

describe('merging server times', () => {
  it('joins each path with the listener of its index, in the order of each', () => {
    const server = times([
      { listener: 0, tag: 0, serverNs: 10 },
      { listener: 0, tag: 1, serverNs: 11 },
      { listener: 5, tag: 0, serverNs: 50 },
    ]);
    assert.deepEqual(stamped(mergeServerTimes(block([5, 0, 0]), server, tcp)), [50, 10, 11]);
  });

  it('leaves the samples it was given as they were', () => {
    const samples = block([0]);
    mergeServerTimes(samples, times([{ tag: 0, serverNs: 10 }]), tcp);
    assert.deepEqual(stamped(samples), [null]);
  });

  it('matches by number past lost requests, and leaves a number that was served twice alone', () => {
    const server = times([
      { tag: 0, serverNs: 10 },
      { tag: 2, serverNs: 12 },
      { tag: 3, serverNs: 13 },
      { tag: 3, serverNs: 14 },
    ]);
    assert.deepEqual(stamped(mergeServerTimes(block([0, 0, 0, 0]), server, udp)), [10, null, 12, null]);
  });

  it('gives nothing for a one-byte path whose counts differ: a loss could be anywhere', () => {
    const server = times([
      { tag: 0, serverNs: 10 },
      { tag: 1, serverNs: 11 },
    ]);
    assert.deepEqual(stamped(mergeServerTimes(block([0, 0, 0]), server, { ...udp, requestBytes: 1 })), [
      null,
      null,
      null,
    ]);
  });

  it('gives nothing when counts agree and the numbers do not', () => {
    const server = times([
      { tag: 0, serverNs: 10 },
      { tag: 2, serverNs: 11 },
    ]);
    assert.deepEqual(stamped(mergeServerTimes(block([0, 0]), server, { ...udp, requestBytes: 1 })), [null, null]);
  });

  it('follows one-byte numbers beyond 255', () => {
    const services = Array.from({ length: 600 }, (_, i) => ({ tag: i % 256, serverNs: i % 900 }));
    const merged = mergeServerTimes(block(new Array<number>(600).fill(0)), times(services), tcp);
    assert.deepEqual(
      stamped(merged),
      services.map(({ serverNs }) => serverNs),
    );
  });

  it('accepts the one request more that a stopped TCP client left behind', () => {
    const server = times([
      { tag: 0, serverNs: 10 },
      { tag: 1, serverNs: 11 },
    ]);
    assert.deepEqual(stamped(mergeServerTimes(block([0]), server, tcp)), [10]);
  });

  it('does not choose among several connections unless told which one', () => {
    const server = times([
      { connection: 0, tag: 0, serverNs: 10 },
      { connection: 1, tag: 0, serverNs: 11 },
    ]);
    assert.deepEqual(stamped(mergeServerTimes(block([0]), server, tcp)), [null]);
    assert.deepEqual(stamped(mergeServerTimes(block([0]), server, { ...tcp, connection: 1 })), [11]);
  });

  it('refuses a residence longer than its transaction', () => {
    assert.deepEqual(stamped(mergeServerTimes(block([0]), times([{ tag: 0, serverNs: 1001 }]), tcp)), [null]);
  });
});

describe('checking samples', () => {
  const broken = (act: (samples: Samples) => void): string => {
    const samples = block([0, 1, 0, 1]);
    act(samples);
    try {
      checkSamples(samples, { name: 'cell', groupSize: 50 });
    } catch (error) {
      assert.ok(error instanceof HoplabError);
      assert.equal(error.code, 'SAMPLES_IMPOSSIBLE');
      return error.message;
    }
    return assert.fail('impossible samples passed');
  };

  it('passes what a prober can record, warm-up, groups and all', () => {
    const samples = block(new Array<number>(120).fill(0));
    for (let i = 0; i < 10; i++) samples.flags[i] = SAMPLE_FLAGS.warmup;
    for (let i = 10; i < 120; i++) samples.group[i] = Math.floor((i - 10) / 50);
    checkSamples(samples, { groupSize: 50 });
    checkSamples(samples);
  });

  it('finds a service time of zero', () => {
    assert.match(
      broken((s) => {
        s.rttNs[2] = 0;
      }),
      /record 2 cannot be: its service time is 0/,
    );
  });

  it('finds numbers out of order', () => {
    assert.match(
      broken((s) => {
        s.seq[2] = 1;
      }),
      /number 1 follows number 1/,
    );
  });

  it('finds an intended start before its predecessor', () => {
    assert.match(
      broken((s) => {
        s.schedNs[3] = 1n;
      }),
      /intended at 1 ns/,
    );
  });

  it('finds wrong groups, and groups of warm-up', () => {
    assert.match(
      broken((s) => {
        s.group[3] = 1;
      }),
      /its group is 1 instead of 0/,
    );
    assert.match(
      broken((s) => {
        s.flags[0] = SAMPLE_FLAGS.warmup;
        s.group[0] = 1;
      }),
      /warm-up and in group 1/,
    );
    assert.match(
      broken((s) => {
        s.flags[2] = SAMPLE_FLAGS.warmup;
      }),
      /warm-up after 1 measured/,
    );
  });

  it('finds stamps outside of their transaction, or without their mark', () => {
    assert.match(
      broken((s) => {
        s.serverNs[1] = 5;
      }),
      /serverNs is 5 and not marked/,
    );
    assert.match(
      broken((s) => {
        s.kernelReceiveNs[1] = 1001;
        s.flags[1] = SAMPLE_FLAGS.kernelStamp;
      }),
      /kernelReceiveNs is 1001, more than/,
    );
  });
});
