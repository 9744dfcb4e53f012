// SPDX-License-Identifier: GPL-2.0-only
/** A path whose NIC a running guest gets once: with it a draw is a boot, for the paths beside it too. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { planGuest } from '../../src/lab/live/guest-parts.ts';
import { GuestSession } from '../../src/lab/live/guest-session.ts';
import type { Lab } from '../../src/lab/live/open.ts';
import { GUEST } from '../../src/model/place.ts';
import { needs } from '../support/needs.ts';
import { openTestLab } from '../support/opened-lab.ts';

const TIMEOUT_MS = 300_000;
const signal = AbortSignal.timeout(TIMEOUT_MS);
/** No guest at first: the session boots it. */
const LAB =
  'guest: {accel: tcg, memory: 256MiB}\npaths: {once: {backend: tap}, tap: {}, host: {}}\ncompare: {twin: false}\n';

it('a NIC that comes with a boot is there at once, and a fresh draw boots anew', {
  timeout: TIMEOUT_MS,
  skip: needs('root', 'linux'),
}, async () => {
  await using opened = await openTestLab(LAB, signal, { boot: false });
  const { plan } = opened.lab;
  const lab: Lab = {
    ...opened.lab,
    plan: {
      ...plan,
      paths: plan.paths.map((path) =>
        path.name === 'once' ? { ...path, backendPlan: { ...path.backendPlan, needs: { atBoot: true } } } : path,
      ),
    },
  };
  const { spec, slots, paths } = lab.plan;
  const guest = { ...(await planGuest(spec.guest, { name: 'once', slots, paths, signal })), accel: 'tcg' as const };
  await using session = await GuestSession.boot(lab, {
    place: GUEST,
    plan: guest,
    number: 0,
    first: ['once', 'tap'],
    signal,
  });
  const draw = async (names: readonly string[]) => {
    const failed = await session.plug(names, { fresh: true, signal });
    assert.deepEqual(
      [...failed.values()].map(({ message }) => message),
      [],
    );
    assert.deepEqual(session.plugged, names);
    return session.guest.pid();
  };
  const first = await draw(['once', 'tap']);
  // What it has from its boot on, nobody has used yet.
  const second = await draw(['tap', 'once']);
  assert.notEqual(second, first);
  // Without that NIC a running guest is enough.
  assert.equal(await draw(['tap']), second);
  assert.notEqual(await draw(['once']), second);
});
