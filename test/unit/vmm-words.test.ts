// SPDX-License-Identifier: GPL-2.0-only
/** Only src/vmms/qemu knows QEMU: elsewhere its words mean another thing, or are recorded. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { it } from 'node:test';
import { projectFolder } from '../fixtures/project-folder.ts';

const SOURCES = join(projectFolder(), 'src');
const OWN = 'vmms/qemu/';
const WORDS = /qemu|qmp|netdev/i;

/** Each with its reason. */
const EXCEPTIONS: Readonly<Record<string, string>> = {
  'vmms/index.ts': 'the array',
  'model/recorded-words.ts': 'keys that files, metrics and options had before there was a second VMM',
  'model/errors.ts': 'a code that scripts know, and that stands in recorded runs',
  'system/hypervisor.ts': 'what the firmware of this machine says of what it runs on',
  'backends/ovs/bridge.ts': 'Open vSwitch has a datapath of the name netdev',
  'backends/ovs/cure.ts': 'the same',
  'backends/ovs/ovs.ts': 'the same',
  'nic/other-bus.ts': 'what it no longer can is why a NIC of the board cannot be given',
  'checks/firmware/builds.ts': 'Debian and U-Boot have a package and a board of that name',
  'checks/firmware/own-build.ts': 'Debian and U-Boot have a package and a board of that name',
  'diagnose/firewall-rules.ts': 'nftables has a family of the name netdev',
};

it('no source outside its folder names QEMU, but for those that are listed, and each of these does', () => {
  const sources = readdirSync(SOURCES, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'));
  const naming = sources.filter(
    (name) => !name.startsWith(OWN) && WORDS.test(readFileSync(join(SOURCES, name), 'utf8')),
  );
  assert.deepEqual(naming.sort(), Object.keys(EXCEPTIONS).sort());
});

it('nothing but the array imports from its folder', () => {
  const sources = readdirSync(SOURCES, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'));
  const importing = sources.filter(
    (name) => !name.startsWith(OWN) && /from '[^']*\/qemu\//.test(readFileSync(join(SOURCES, name), 'utf8')),
  );
  assert.deepEqual(importing, ['vmms/index.ts']);
});
