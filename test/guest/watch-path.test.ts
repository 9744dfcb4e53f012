// SPDX-License-Identifier: GPL-2.0-only
/** A path of a real lab with a real guest, watched while the ladder is climbed: what is seen at every hop. */

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { changedBetween, repeatedPartial, tracePackets, vanishedBetween } from '../../src/diagnose/compare-hops.ts';
import { checksumState } from '../../src/frame/checksum.ts';
import { parseFrame } from '../../src/frame/parse-frame.ts';
import { TCP_FLAGS } from '../../src/frame/transport.ts';
import { climbPath } from '../../src/lab/diagnose/climb.ts';
import { type Watched, watchPath } from '../../src/lab/diagnose/watch-path.ts';
import type { CapturedFrame, HopCapture } from '../../src/model/capture.ts';
import type { ClimbedLadder, Rung } from '../../src/model/ladder.ts';
import type { Direction } from '../../src/model/place.ts';
import { sourceText } from '../../src/words/source.ts';
import { needs } from '../support/needs.ts';
import { type OpenedLab, openTestLab } from '../support/opened-lab.ts';
import { checksumByHop } from '../support/trace/checksum-by-hop.ts';

const LAB = `
paths:
  tap: {}
  bare: {backend: ovs, cure: false}
  user: {}
  xdp: {backend: ebpf, checksum: leave}
compare: {draws: 0}
guest: {accel: tcg}
`;

describe('watching a path', { timeout: 600_000, skip: needs('root', 'linux') }, () => {
  let opened: OpenedLab;
  const { signal } = new AbortController();

  before(async () => {
    opened = await openTestLab(LAB, signal, { observe: true });
  });

  after(async () => {
    await opened?.[Symbol.asyncDispose]();
  });

  const watch = (name: string, ...rungs: Rung[]) => watchWay('guest-to-host1', name, ...rungs);

  function watchWay(direction: Direction, name: string, ...rungs: Rung[]): Promise<Watched<ClimbedLadder>> {
    const { lab, path: pathOf } = opened;
    const path = pathOf(name);
    const work = () => climbPath({ lab, path, direction, rungs, signal });
    return watchPath({ lab, path, signal, work });
  }

  it('shows where Open vSwitch loses the mark of a partial checksum, and that host1 drops the frame for it', async () => {
    const { result, captures, drops, sources } = await watch('bare', 'udp-small', 'tcp-connect');
    assert.deepEqual(
      result.rungs.map(({ rung, outcome }) => `${rung} ${outcome}`),
      ['udp-small fail', 'tcp-connect fail'],
    );
    assert.deepEqual(
      captures.map(({ hop, place }) => `${place} ${hop}`),
      ['guest guest NIC', 'host2 tap', 'host2 wire, near end', 'host1 wire, far end'],
    );
    const verdicts = captures.map((capture) => [...new Set(syns(capture).map(verdict))]);
    assert.deepEqual(verdicts, [['partial true'], ['partial true'], ['partial false'], ['partial false']]);
    const [here, , , there] = captures.map(syns);
    assert.ok(here !== undefined && there !== undefined && here.length > 1, 'no retransmission was seen');
    assert.deepEqual(
      there.map(({ bytes }) => parseFrame(bytes)?.transport),
      here.map(({ bytes }) => parseFrame(bytes)?.transport),
    );

    const [syn] = tracePackets(captures).filter(({ text }) => / TCP SYN, /.test(text));
    assert.ok(syn?.way === 'forward');
    assert.equal(vanishedBetween(syn), null);
    assert.deepEqual(
      changedBetween(syn).map(({ from, to, what }) => `${from.hop} > ${to.hop}: ${what.join(' ')}`),
      ['tap > wire, near end: mark'],
    );
    const repeated = repeatedPartial(captures).filter(({ protocol, text }) => protocol === 'tcp' && /SYN/.test(text));
    assert.deepEqual(
      repeated.map(({ hop, frames }) => `${hop.hop} ${frames}`),
      [`wire, near end ${here.length}`, `wire, far end ${here.length}`],
    );

    const dropped = drops
      .filter(({ place }) => place === 'host1')
      .map(({ reason, protocol }) => `${reason} ${protocol}`);
    assert.ok(dropped.includes('TCP_CSUM TCP') && dropped.includes('UDP_CSUM UDP'), dropped.join(', '));
    const counted = drops.find(({ reason }) => reason === 'TCP_CSUM');
    assert.equal(counted?.frames, there.length);
    assert.match(counted?.example ?? '', /TCP SYN, .* partial and not marked$/);

    const unused = sources.filter(({ used }) => !used).map((source) => `${sourceText(source)}: ${source.why}`);
    assert.ok(
      unused.some((line) => /^frames at VMM .*: it is inside the VMM/.test(line)),
      unused.join('\n'),
    );
    assert.ok(unused.some((line) => /^frames at switch \(host2 ovs-vswitchd\): it is no device/.test(line)));
    for (const place of ['guest', 'host2 and host1']) {
      const source = sources.find((each) => sourceText(each) === `drop reasons (skb:kfree_skb) of ${place}`);
      assert.deepEqual(source && { used: source.used, why: source.why }, { used: true, why: '' }, place);
    }
  });

  it('shows a healthy path with the mark up to its end, and no checksum drops', async () => {
    const { result, captures, drops } = await watch('tap', 'udp-small', 'tcp-connect');
    assert.ok(result.rungs.every(({ outcome }) => outcome === 'pass'));
    const first = captures.filter((capture) => capture.hop !== 'bridge').map(syns);
    assert.deepEqual(
      first.map((frames) => frames.length),
      first.map(() => 1),
    );
    for (const frames of first) assert.deepEqual(frames.map(verdict), ['partial true']);
    assert.deepEqual(
      drops.filter(({ reason }) => /CSUM/.test(reason)),
      [],
    );
    for (const { hop, lost } of captures) assert.equal(lost, 0, hop);
  });

  it("counts the guest's own drops by the reasons of its own kernel", async () => {
    const { captures, drops } = await watchWay('host1-to-guest', 'bare', 'udp-small', 'tcp-connect');
    const [guest] = captures;
    assert.ok(guest?.place === 'guest');
    const count = (kind: 'tcp' | 'udp') =>
      guest.frames.filter((frame) => parseFrame(frame.bytes, frame.length)?.transport?.kind === kind).length;
    assert.ok(count('tcp') > 1 && count('udp') > 1);
    const own = drops.filter(({ place }) => place === 'guest');
    assert.deepEqual(
      own.map(({ reason, protocol, device, frames }) => `${reason} ${protocol} ${device} ${frames}`).sort(),
      [`TCP_CSUM TCP ${guest.device} ${count('tcp')}`, `UDP_CSUM UDP ${guest.device} ${count('udp')}`],
    );
  });

  it('watches a path whose hops are processes at the devices that it has', async () => {
    const { captures, sources } = await watch('user', 'tcp-connect');
    assert.deepEqual([captures[0]?.hop, captures.at(-1)?.hop], ['guest NIC', 'wire, far end']);
    assert.ok(captures.every((capture) => syns(capture).length === 1));
    assert.ok(sources.some(({ used, why }) => !used && why !== ''));
  });

  it('has what a data path recorded itself among the hops, in their order, where native XDP hides it from sockets', async () => {
    const { captures, sources, dataPath } = await watch('xdp', 'icmp', 'tcp-connect');
    const bridge = captures.filter(({ hop }) => /^bridge, (tap|wire) side$/.test(hop));
    assert.equal(bridge.length, 2);
    for (const { hop, device } of bridge) {
      assert.ok(dataPath?.captures.some((own) => own.hop === hop && own.frames.length > 0));
      const source = sources.find((each) => sourceText(each) === `frames at ${hop} (host2 ${device})`);
      assert.equal(source?.used, true, hop);
    }
    const [syn] = tracePackets(captures).filter(({ text }) => / TCP SYN, /.test(text));
    assert.ok(syn);
    assert.deepEqual(
      checksumByHop(syn).map(({ hop, state, marked }) => `${hop.hop}: ${state} ${marked}`),
      [
        'guest NIC: partial true',
        // What comes out of a tap unfinished was marked as such by the guest.
        'bridge, tap side: partial true',
        'bridge, wire side: partial null',
        'wire, far end: partial false',
      ],
    );
    const blind = syn.sightings.filter((each) => each.blind).map(({ hop }) => hop.hop);
    assert.ok(blind.includes('tap') && blind.includes('wire, near end'), blind.join(', '));
    assert.equal(vanishedBetween(syn), null);
  });

  it('ends its readers when the work fails, and passes the failure on', async () => {
    const { lab, path } = opened;
    const work = () => Promise.reject(new Error('the work failed'));
    for (let times = 0; times < 2; times++)
      await assert.rejects(watchPath({ lab, path: path('tap'), signal, work }), /the work failed/);
    // Their names are free again: one that still ran would keep its own.
    await watchPath({ lab, path: path('tap'), signal, work: async () => undefined });
  });
});

function syns({ frames }: HopCapture): CapturedFrame[] {
  return frames.filter((frame) => {
    const transport = parseFrame(frame.bytes, frame.length)?.transport;
    return transport?.kind === 'tcp' && transport.flags === TCP_FLAGS.SYN;
  });
}

function verdict(frame: CapturedFrame): string {
  return `${checksumState(frame)} ${frame.offload?.needsChecksum}`;
}
