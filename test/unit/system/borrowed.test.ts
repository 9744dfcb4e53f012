// SPDX-License-Identifier: GPL-2.0-only
/** A journal with NICs that are not given back stays, and tells what they were, the last first. */
import assert from 'node:assert/strict';
import { appendFileSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import { it } from 'node:test';
import type { Borrowed } from '../../../src/system/give-back.ts';
import { findLabs, Journal } from '../../../src/system/journal.ts';
import { temporaryFolder } from '../../fixtures/temporary-folder.ts';

const was = (address: string): Borrowed[] => [{ kind: 'driver', address, driver: 'e1000e', override: null }];

it('is kept as long as one NIC is out, and read back in the order of giving back', async (context) => {
  const root = temporaryFolder(context);
  const journal = await Journal.create('one', root);
  await journal.record({ kind: 'borrowed', nic: 'eth1', was: was('0000:01:00.0') });
  await journal.record({ kind: 'borrowed', nic: 'eth2', was: was('0000:02:00.0') });
  await journal.record({ kind: 'borrowed', nic: 'eth3', was: was('0000:03:00.0') });
  await journal.record({ kind: 'given-back', nic: 'eth2' });
  const left = async () => (await findLabs(root)).flatMap(({ borrowed }) => borrowed.map(({ address }) => address));
  assert.deepEqual(await left(), ['0000:03:00.0', '0000:01:00.0']);
  await assert.rejects(journal.remove(), { code: 'NIC_REFUSED', message: /NIC eth1, eth3 is not as it was/ });
  assert.ok(existsSync(journal.folder));
  await journal.record({ kind: 'given-back', nic: 'eth1' });
  await journal.record({ kind: 'given-back', nic: 'eth3' });
  await journal.remove();
  assert.ok(!existsSync(journal.folder));
});

it('names no other device than one of PCI, whatever stands in the file', async (context) => {
  const root = temporaryFolder(context);
  const journal = await Journal.create('one', root);
  for (const address of ['../../../etc', '', 7])
    appendFileSync(
      join(journal.folder, 'journal.ndjson'),
      `${JSON.stringify({ kind: 'borrowed', nic: 'eth1', was: [{ kind: 'driver', address, driver: 'x', override: null }] })}\n`,
    );
  assert.deepEqual(
    (await findLabs(root)).flatMap(({ borrowed }) => borrowed),
    [],
  );
});
