// SPDX-License-Identifier: GPL-2.0-only
/** A second kind of VMM, for tests: no QEMU, no plug; its guest is the real agent in namespaces of its own. */
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import { HoplabError } from '../../../src/model/errors.ts';
import { run } from '../../../src/system/exec.ts';
import { childrenOf } from '../../../src/system/threads.ts';
import type { PathNic, Vmm, VmmConnection, VmmThread } from '../../../src/vmms/vmm.ts';
import { projectFolder } from '../../fixtures/project-folder.ts';

const FOLDER = join(projectFolder(), 'test', 'support', 'fake-vmm');

/** The kind, whose programs lie in this folder: see `buildFake`. */
export const fakeVmm = (programs: string): Vmm => ({
  kind: 'fake',
  name: 'the fake VMM',
  requires: () => [{ kind: 'device', path: '/dev/net/tun', module: 'tun' }],
  channels: ['agent', 'console', 'shell', 'control'],

  argv: ({ initrd }, nics) => [
    join(programs, 'fake-vmm'),
    join(programs, 'fake-agent'),
    initrd,
    ...nics.map((nic) => `${nic.mac}=${tapOf(nic)}`),
  ],

  show: (nics) => ['guest: booted with its NICs', ...nics.map((nic) => `${nic.mac} on ${tapOf(nic)}`)],

  record: (attachment) => (attachment.kind === 'tap' ? { type: 'fake', tap: attachment.device } : null),

  machineWords: () => [],
  nicWords: ({ tap }) => [`the fake's tap ${tap}`],

  async connect(channels) {
    const control = channels.get('control');
    if (control === undefined) throw new Error('no control channel');
    return new Control(control);
  },

  async threads(_connection, pid) {
    const [init] = await childrenOf(pid);
    const main: VmmThread = { tid: pid, name: 'fake-vmm', role: { kind: 'main' } };
    return init === undefined ? [main] : [main, { tid: init, name: 'fake-agent', role: { kind: 'vcpu', index: 0 } }];
  },
});

/** Builds the program, and the agent with ports that it finds open. */
export async function buildFake(programs: string, signal: AbortSignal): Promise<void> {
  const agent = join(projectFolder(), 'native', 'agent');
  const sources = readdirSync(agent, { recursive: true, encoding: 'utf8' }).filter(
    (name) => name.endsWith('.c') && name !== 'port.c',
  );
  const own = [...sources, join(FOLDER, 'port.c')].join(' ');
  const what = 'build the fake VMM';
  await run(['make', '-C', agent, `OUT=${join(programs, 'fake-agent')}`, `SOURCES=${own}`, 'CPPFLAGS=-I.'], {
    signal,
    what,
  });
  await run(
    ['gcc', '-O1', '-Wall', '-Wextra', '-Werror', '-o', join(programs, 'fake-vmm'), join(FOLDER, 'fake-vmm.c')],
    { signal, what },
  );
}

function tapOf({ path, attachment }: PathNic): string {
  if (attachment.kind === 'tap') return attachment.device;
  throw new HoplabError({
    code: 'LAB_FAILED',
    message: `give the guest the NIC of path ${path}: the fake VMM carries taps, and no attachment of kind ${attachment.kind}`,
  });
}

class Control implements VmmConnection {
  readonly #stream: Duplex;

  constructor(stream: Duplex) {
    this.#stream = stream;
  }

  async version(signal: AbortSignal): Promise<string> {
    this.#stream.write('v');
    const [said] = await once(this.#stream, 'data', { signal });
    return String(said).trim();
  }

  quit(): void {
    this.#stream.end();
  }
}
