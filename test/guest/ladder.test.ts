/** The protocol ladder on every backend of a real lab with one guest, in every direction. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { smallestFailure } from '../../src/diagnose/ladder.ts';
import { climbPath } from '../../src/lab/climb.ts';
import type { ClimbedLadder, Rung } from '../../src/model/diagnosis.ts';
import { DIRECTIONS, type Direction } from '../../src/model/probe-spec.ts';
import { needs } from '../support/needs.ts';
import { type OpenedLab, openTestLab } from '../support/opened-lab.ts';

const LAB = `
paths:
  host: {}
  user: {}
  passt: {}
  tap: {}
  macvtap: {}
  ovs: {}
  bare: {backend: ovs, cure: false}
compare: {draws: 0}
guest: {accel: tcg}
`;

describe('the ladder in a lab with a guest', { timeout: 300_000, skip: needs('root', 'linux') }, () => {
  let opened: OpenedLab;
  const { signal } = new AbortController();

  before(async () => {
    opened = await openTestLab(LAB, signal);
  });
  after(async () => {
    await opened?.[Symbol.asyncDispose]();
  });

  function climb(name: string, direction: Direction, rungs?: readonly Rung[]): Promise<ClimbedLadder> {
    const { lab, session, path } = opened;
    return climbPath({ lab, session, path: path(name), direction, ...(rungs === undefined ? {} : { rungs }), signal });
  }

  for (const name of ['host', 'user', 'passt', 'tap', 'macvtap', 'ovs', 'bare']) {
    for (const direction of DIRECTIONS) {
      it(`${name} ${direction}`, async () => {
        const t = performance.now();
        const ladder = await climb(name, direction);
        console.log(name, direction, Math.round(performance.now() - t), 'ms');
        for (const r of ladder.rungs)
          console.log(
            '   ',
            r.rung,
            r.outcome,
            Math.round(r.ms),
            r.detail,
            r.errno ?? '',
            JSON.stringify(r.data ?? {}),
          );
        console.log(JSON.stringify(ladder.seen));
      });
    }
  }
});
