// SPDX-License-Identifier: GPL-2.0-only
/** What every VMM owes the core, checked on each entry of the one array, and on the fake that tests boot. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Attachment } from '../../src/model/attachment.ts';
import { HoplabError } from '../../src/model/errors.ts';
import { ARCHES } from '../../src/model/lab-spec.ts';
import { vmmOf, vmms } from '../../src/vmms/index.ts';
import type { GuestPlan, PathNic } from '../../src/vmms/vmm.ts';
import { fakeVmm } from '../support/fake-vmm/fake.ts';

const PLAN: GuestPlan = {
  ...{ name: 'g', arch: 'x86_64', accel: 'tcg', kernel: '/k', initrd: '/i', cpus: 1, memoryMiB: 256, slots: 4 },
};

const ATTACHMENTS: { readonly [K in Attachment['kind']]: Extract<Attachment, { kind: K }> } = {
  none: { kind: 'none' },
  tap: { kind: 'tap', device: 't-one', vhost: false },
  descriptor: {
    kind: 'descriptor',
    open: { fd: 105, host: 'host2', device: 'm-one', node: '/run/lab/m-one' },
    vhost: false,
  },
  stream: { kind: 'stream', socket: '/run/lab/one.sock' },
  'vhost-user': { kind: 'vhost-user', socket: '/run/lab/one.sock' },
  device: { kind: 'device', address: '0000:03:10.0' },
  nat: {
    kind: 'nat',
    subnet: '10.98.1.0/24',
    gateway: '10.98.1.2',
    forwards: [{ protocol: 'tcp', address: '10.99.1.2', port: 9101, guest: '10.98.1.15' }],
  },
};

function nicOn(attachment: Attachment, changes: Partial<PathNic> = {}): PathNic {
  const base = { path: 'one', slot: 0, mac: '02:68:6c:00:01:03', needs: {}, options: {} } as const;
  return { ...base, attachment, ...changes };
}

for (const vmm of [...vmms, fakeVmm('/programs')]) {
  describe(`VMM ${vmm.kind}`, () => {
    it('says as data what it requires', () => {
      for (const arch of ARCHES) {
        const requires = vmm.requires(arch);
        assert.deepEqual(JSON.parse(JSON.stringify(requires)), requires);
        assert.ok(requires.every(({ kind }) => kind !== 'artifact'));
      }
    });

    it('has the channels of every guest, each once', () => {
      for (const name of ['agent', 'console', 'shell']) assert.ok(vmm.channels.includes(name), name);
      assert.equal(new Set(vmm.channels).size, vmm.channels.length);
    });

    it('plans the same argv from the same input, of plain words', () => {
      const nic = nicOn(ATTACHMENTS.tap);
      for (const nics of [[], [nic]]) {
        const argv = vmm.argv(PLAN, nics);
        assert.deepEqual(argv, vmm.argv(structuredClone(PLAN), structuredClone(nics)));
        assert.ok(argv.every((word) => typeof word === 'string' && !word.includes('\n')));
        assert.ok(argv.length > 1 && argv.some((word) => word.includes(PLAN.initrd)));
      }
    });

    it('says what it recorded in plain words, whatever stands in the file', () => {
      for (const attachment of Object.values(ATTACHMENTS)) {
        const recorded = JSON.parse(JSON.stringify(vmm.record(attachment, {})));
        if (recorded === null) continue;
        for (const file of [recorded, {}, { ...recorded, type: { odd: [1] }, vhost: 'odd' }])
          assert.ok(vmm.nicWords(file).every((words) => words !== '' && !words.includes('\n')));
      }
      const argv = vmm.argv(PLAN, []);
      for (const words of vmm.machineWords(argv)) for (const word of words.split(' ')) assert.ok(argv.includes(word));
      assert.deepEqual(vmm.machineWords([]), []);
    });

    for (const attachment of Object.values(ATTACHMENTS)) {
      it(`puts an attachment of kind ${attachment.kind} into words of its own, or refuses it by name`, () => {
        const nic = nicOn(attachment);
        const translated = vmm.record(attachment, {});
        if (translated === null) {
          assert.throws(
            () => vmm.argv(PLAN, [nic]),
            (error: unknown) => {
              assert.ok(error instanceof HoplabError);
              assert.match(error.message, new RegExp(`path one: .* of kind ${attachment.kind}`));
              return true;
            },
          );
          return;
        }
        const identity = vmm.argv(PLAN, [nic]).join(' ');
        // A card of the machine has a MAC of its own.
        assert.ok(identity.includes(attachment.kind === 'device' ? attachment.address : nic.mac), identity);
        const [heading, ...lines] = vmm.show([nic]);
        assert.ok(heading?.startsWith('guest: '));
        assert.ok(lines.length > 0 && lines.every((line) => !line.includes('\n')));
        assert.deepEqual(vmm.show([]), [heading]);
      });
    }
  });
}

describe('the array of VMMs', () => {
  it('has each kind once, and gives the first to a lab that names none', () => {
    assert.equal(new Set(vmms.map(({ kind }) => kind)).size, vmms.length);
    assert.equal(vmmOf(undefined), vmms[0]);
    for (const vmm of vmms) assert.equal(vmmOf(vmm.kind), vmm);
    assert.throws(() => vmmOf('vmware'), /no VMM of kind vmware/);
  });
});
