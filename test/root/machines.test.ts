// SPDX-License-Identifier: GPL-2.0-only
/** What every kind of machine owes the lab that needs nothing but this one, for real; ssh-machine.test.ts has the other. */
import { describe } from 'node:test';
import { machines } from '../../src/machines/index.ts';
import { LAB_DIR } from '../../src/system/namespaces.ts';
import { kindContract } from '../support/machine-contract.ts';
import { needs } from '../support/needs.ts';

for (const kind of machines.filter(({ options }) => options.safeParse({}).success))
  describe(`machine ${kind.kind}`, { skip: needs('root', 'linux') }, () =>
    kindContract({ kind, folder: LAB_DIR, seenFolder: LAB_DIR }),
  );
