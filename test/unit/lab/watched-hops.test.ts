// SPDX-License-Identifier: GPL-2.0-only
/** Which hops of a path can be listened on: those of a guest by the guests that run, at their places. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseLabFile } from '../../../src/config/parse-lab-file.ts';
import { hopsToWatch } from '../../../src/lab/diagnose/watched-hops.ts';
import { planLab } from '../../../src/lab/plan/plan.ts';
import { GUEST, isHost } from '../../../src/model/place.ts';

const FACTS = { cpus: [0, 1], isolatedCpus: [], vhostNet: false, arch: 'x86_64' };

describe('the hops of a path through a bridge', () => {
  const [path = assert.fail('no path')] = planLab(
    parseLabFile('paths: {tap: {}}\ncompare: {draws: 0}', 'lab.yaml'),
    FACTS,
    [],
  ).paths;
  const mac = path.backendPlan.nic?.mac ?? assert.fail('no NIC');
  const ofGuest = (guests: Parameters<typeof hopsToWatch>[1]) => {
    const { watched, sources } = hopsToWatch(path, guests);
    return {
      devices: watched.filter(({ place }) => !isHost(place)).map(({ place, device }) => `${place} ${device}`),
      why: sources.filter(({ places }) => places.includes(GUEST)).map(({ why }) => why),
    };
  };

  it('are those of the hosts alone where no guest runs', () => {
    assert.deepEqual(ofGuest(new Map()), { devices: [], why: ['no guest is running'] });
    const hosts = path.backendPlan.hops.map(({ where }) => where).filter((where) => where !== 'vmm' && where !== GUEST);
    const { watched } = hopsToWatch(path, new Map());
    assert.deepEqual(
      watched.map(({ place }) => place),
      hosts,
    );
  });

  it('lack the NIC that is not plugged into the guest that runs', () => {
    const nics = [{ mac: '02:00:00:00:00:01', device: 'eth0' }];
    assert.deepEqual(ofGuest(new Map([[GUEST, { nics }]])), { devices: [], why: ['its NIC is not plugged'] });
  });

  it('have the name that the NIC got in its guest', () => {
    const nics = [
      { mac: '02:00:00:00:00:01', device: 'eth0' },
      { mac: mac.toUpperCase(), device: 'eth7' },
    ];
    assert.deepEqual(ofGuest(new Map([[GUEST, { nics }]])), { devices: ['guest eth7'], why: [] });
  });
});
