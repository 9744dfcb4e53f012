// SPDX-License-Identifier: GPL-2.0-only
/** What the guest is made of: archive, modules, kernel images, argv. */
import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { gzipSync } from 'node:zlib';
import { buildCpio, type CpioEntry } from '../../../src/guest/cpio.ts';
import { buildImage } from '../../../src/guest/image.ts';
import { findKernel } from '../../../src/guest/kernel.ts';
import { describeBytes, recogniseKernel } from '../../../src/guest/kernel-image.ts';
import { moduleNeeds, parseModuleTree, planModules } from '../../../src/guest/modules.ts';
import { unpackBzImage } from '../../../src/guest/unpack-image.ts';
import { HoplabError } from '../../../src/model/errors.ts';
import { run } from '../../../src/system/exec.ts';

const signal = AbortSignal.timeout(30_000);

async function inFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'hoplab-guest-'));
  try {
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

describe('the archive', () => {
  const entries: readonly CpioEntry[] = [
    { kind: 'directory', path: '/dev' },
    { kind: 'device', path: '/dev/console', type: 'char', major: 5, minor: 1 },
    { kind: 'file', path: '/init', mode: 0o755, content: Buffer.from('12345') },
    { kind: 'symlink', path: '/sh', target: 'init' },
  ];

  it('is read by cpio with names, types, modes and sizes as they were given', () =>
    inFolder(async (folder) => {
      const path = join(folder, 'a.cpio');
      await writeFile(path, buildCpio(entries));
      const { stdout } = await run(['cpio', '-itv', '--quiet', '-F', path], { signal });
      const lines = stdout
        .trim()
        .split('\n')
        .map((line) => line.split(/\s+/));
      assert.deepEqual(
        lines.map((words) => [words[0], words[4], words.slice(words[0]?.startsWith('c') ? 9 : 8).join(' ')]),
        [
          ['drwxr-xr-x', '0', 'dev'],
          ['crw-------', '5,', 'dev/console'],
          ['-rwxr-xr-x', '5', 'init'],
          ['lrwxrwxrwx', '4', 'sh -> init'],
        ],
      );
      await run(['cpio', '-i', '--quiet', '-F', path, 'init'], { signal, cwd: folder });
      assert.equal(await readFile(join(folder, 'init'), 'utf8'), '12345');
    }));

  it('is the same bytes for the same entries, and a whole number of blocks', () => {
    const archive = buildCpio(entries);
    assert.deepEqual(buildCpio(entries), archive);
    assert.equal(archive.length % 512, 0);
  });

  it('takes no path without a name', () => {
    assert.throws(() => buildCpio([{ kind: 'directory', path: '/' }]), /not a path/);
  });
});

/** From Debian's 6.1 cloud kernel, after depmod. */
const MODULES_DEP = `kernel/drivers/virtio/virtio.ko: kernel/drivers/virtio/virtio_ring.ko
kernel/drivers/virtio/virtio_ring.ko:
kernel/drivers/virtio/virtio_pci_modern_dev.ko:
kernel/drivers/virtio/virtio_pci_legacy_dev.ko:
kernel/drivers/virtio/virtio_pci.ko: kernel/drivers/virtio/virtio_pci_legacy_dev.ko kernel/drivers/virtio/virtio_pci_modern_dev.ko kernel/drivers/virtio/virtio.ko kernel/drivers/virtio/virtio_ring.ko
kernel/drivers/net/virtio_net.ko: kernel/drivers/net/net_failover.ko kernel/net/core/failover.ko kernel/drivers/virtio/virtio.ko kernel/drivers/virtio/virtio_ring.ko
kernel/drivers/net/net_failover.ko: kernel/net/core/failover.ko
kernel/net/core/failover.ko:
kernel/drivers/char/hw_random/virtio-rng.ko.xz: kernel/drivers/virtio/virtio.ko kernel/drivers/virtio/virtio_ring.ko
`;

describe('the modules', () => {
  const unread = () => Promise.reject(new Error('modules.dep tells what is needed'));
  const builtin = 'kernel/net/packet/af_packet.ko\n';

  it('are loaded after all that they need, each once', async () => {
    const tree = parseModuleTree({ dep: MODULES_DEP, order: null, builtin });
    const files = await planModules(tree, ['virtio_net', 'virtio_pci', 'virtio_rng', 'af_packet'], unread);
    assert.equal(new Set(files).size, files.length);
    assert.equal(files.length, 9);
    files.forEach((file, index) => {
      for (const needed of tree.needs?.get(file) ?? [])
        assert.ok(files.indexOf(needed) < index, `${needed} before ${file}`);
    });
    assert.equal(files.at(-1), 'kernel/drivers/char/hw_random/virtio-rng.ko.xz');
  });

  it('that a kernel lacks are named, all of them', async () => {
    const tree = parseModuleTree({ dep: MODULES_DEP, order: null, builtin });
    await assert.rejects(planModules(tree, ['virtio_pci', 'no_such', 'virtio-mmio'], unread), {
      code: 'KERNEL_INVALID',
      message: /no no_such, virtio_mmio,/,
      hint: /--kernel host/,
    });
    await assert.rejects(planModules(tree, ['virtio_console'], unread), { hint: /--kernel debian/ });
  });

  it('tell themselves what they need where depmod has not run', async () => {
    const order = 'kernel/a/one.ko\nkernel/a/two-more.ko\n';
    const tree = parseModuleTree({ dep: null, order, builtin });
    const contents: Record<string, string> = {
      'kernel/a/one.ko': 'ELF\0license=GPL\0depends=two_more,af_packet\0name=one\0',
      'kernel/a/two-more.ko': 'ELF\0license=GPL\0depends=\0name=two_more\0',
    };
    const files = await planModules(tree, ['one'], async (path) => moduleNeeds(Buffer.from(contents[path] ?? '')));
    assert.deepEqual(files, ['kernel/a/two-more.ko', 'kernel/a/one.ko']);
  });

  it('are decompressed into the image, which is built again only when a part has changed', () =>
    inFolder(async (folder) => {
      const { HOPLAB_CACHE } = process.env;
      process.env.HOPLAB_CACHE = join(folder, 'cache');
      try {
        const plain = Buffer.from('ELF\0depends=\0the content of a module\0');
        await writeFile(join(folder, 'virtio_pci.ko'), plain);
        await run(['xz', join(folder, 'virtio_pci.ko')], { signal });
        await writeFile(join(folder, 'virtio_net.ko.gz'), gzipSync(plain));
        await writeFile(join(folder, 'virtio_console.ko'), plain);
        await run(['zstd', '-q', '--rm', join(folder, 'virtio_console.ko')], { signal });
        const names = ['virtio_pci.ko.xz', 'virtio_console.ko.zst', 'virtio_net.ko.gz'];
        await writeFile(join(folder, 'modules.dep'), names.map((name) => `${name}:\n`).join(''));
        const agent = join(folder, 'agent');
        await writeFile(agent, 'init');
        const kernel = { arch: 'x86_64', imagePath: '/k', release: '6.1', modulesDir: folder, source: 'test' } as const;
        const first = await buildImage({ kernel, agent, binaries: {}, signal });
        const archive = await readFile(first.path);
        assert.deepEqual(first.modules, names);
        for (const name of ['virtio_pci.ko', 'virtio_console.ko', 'virtio_net.ko']) {
          assert.ok(archive.includes(`modules/${name}\0`), name);
        }
        assert.equal(archive.toString('latin1').split('the content of a module').length, 4);
        const second = await buildImage({ kernel, agent, binaries: {}, signal });
        assert.deepEqual({ ...second, reused: false }, first);
        assert.equal(second.reused, true);
        await writeFile(agent, 'other init');
        assert.notEqual((await buildImage({ kernel, agent, binaries: {}, signal })).hash, first.hash);
        await assert.rejects(buildImage({ kernel, agent: '/no/agent', binaries: {}, signal }), { code: 'NOT_SET_UP' });
      } finally {
        if (HOPLAB_CACHE === undefined) delete process.env.HOPLAB_CACHE;
        else process.env.HOPLAB_CACHE = HOPLAB_CACHE;
      }
    }));
});

/** A bzImage's setup sectors, its version string, and a payload behind them. */
function bzImage(release: string, payload: Buffer): Buffer {
  const setup = Buffer.alloc(1024);
  setup[0x1f1] = 1;
  setup.write('HdrS', 0x202, 'latin1');
  setup.writeUInt16LE(0x100, 0x20e);
  setup.write(`${release} (builder@host) #1 SMP\0`, 0x300, 'latin1');
  setup.writeUInt32LE(0, 0x248);
  setup.writeUInt32LE(payload.length, 0x24c);
  return Buffer.concat([setup, payload]);
}

/** An ELF head, the note by which QEMU finds the entry, and some text. */
function elfKernel(): Buffer {
  const head = Buffer.alloc(64);
  head.write('\x7fELF', 0, 'latin1');
  head.writeUInt16LE(62, 18);
  const note = Buffer.from('040000000800000012000000586e6500', 'hex');
  note.write('Xen\0', 12, 'latin1');
  return Buffer.concat([head, note, Buffer.from(`Linux version 6.9.1-test (gcc) ${'ab'.repeat(40)}`)]);
}

describe('a kernel image', () => {
  it('is recognised by its content, with its release', () => {
    const payload = gzipSync(elfKernel());
    const image = recogniseKernel(bzImage('6.1.0-56-cloud-amd64', payload));
    assert.deepEqual(image, { format: 'bzImage', arch: 'x86_64', release: '6.1.0-56-cloud-amd64' });
    assert.deepEqual(recogniseKernel(elfKernel()), { format: 'ELF', arch: 'x86_64', release: '6.9.1-test' });
    const arm = Buffer.alloc(4096);
    arm.write('ARM\x64', 0x38, 'latin1');
    arm.write('Linux version %s (%s)\0Linux version 6.1.0-arm64 (debian', 1000, 'latin1');
    assert.deepEqual(recogniseKernel(arm), { format: 'arm64 Image', arch: 'aarch64', release: '6.1.0-arm64' });
    const zboot = Buffer.from('MZ\0\0zimg\0\0\0\0gzip');
    assert.equal(recogniseKernel(zboot)?.format, 'EFI zboot');
  });

  it('is unpacked from gzip, LZ4, xz and zstd, so that no boot has to', async () => {
    const elf = elfKernel();
    assert.deepEqual(await unpackBzImage(bzImage('6', gzipSync(elf)), signal), elf);

    // One LZ4 block: all but the last 80 bytes as literals, which end in "ab", then "ab" repeated, then one literal run.
    const literals = elf.subarray(0, elf.length - 78);
    const more = (length: number) => [...Array(Math.floor((length - 15) / 255)).fill(255), (length - 15) % 255];
    const block = Buffer.from([
      0xff,
      ...more(literals.length),
      ...literals,
      ...[2, 0],
      ...more(73 - 4),
      0x50,
      ...elf.subarray(elf.length - 5),
    ]);
    const frame = Buffer.alloc(8);
    frame.writeUInt32LE(0x184c2102, 0);
    frame.writeUInt32LE(block.length, 4);
    const size = Buffer.alloc(4);
    size.writeUInt32LE(elf.length);
    assert.deepEqual(await unpackBzImage(bzImage('6', Buffer.concat([frame, block, size])), signal), elf);

    await inFolder(async (folder) => {
      const file = join(folder, 'vmlinux');
      await writeFile(file, elf);
      for (const argv of [
        ['xz', '-k', '--check=crc32', file],
        ['zstd', '-q', file],
      ]) {
        await run(argv, { signal });
        const packed = await readFile(`${file}.${argv[0] === 'xz' ? 'xz' : 'zst'}`);
        assert.deepEqual(await unpackBzImage(bzImage('6', Buffer.concat([packed, size])), signal), elf);
      }
    });

    const noEntry = Buffer.from(elf);
    noEntry.fill(0, 64, 80);
    assert.equal(await unpackBzImage(bzImage('6', gzipSync(noEntry)), signal), null);
    const unlike = bzImage('6', Buffer.from('\xfd7zXZ and so on, sixteen', 'latin1'));
    assert.equal(await unpackBzImage(unlike, signal), null);
  });

  it('that is missing, something else, or for another machine is an error that says so', () =>
    inFolder(async (folder) => {
      const find = (kernel: string, modules: string | null = null) =>
        findKernel({ kind: 'file', kernel, modules }, { signal, arch: 'x86_64' });
      const isInvalid = (pattern: RegExp) => (error: unknown) => {
        assert.ok(error instanceof HoplabError);
        assert.equal(error.code, 'KERNEL_INVALID');
        assert.match(error.message, pattern);
        assert.ok(error.hint);
        return true;
      };
      await assert.rejects(find(join(folder, 'none')), isInvalid(/no such file/));
      await assert.rejects(find(folder), isInvalid(/EISDIR|directory/));
      const file = join(folder, 'k');
      await writeFile(file, '#!/bin/sh\n');
      await assert.rejects(find(file), isInvalid(/it is a script, not a kernel image/));
      await writeFile(file, '');
      await assert.rejects(find(file), isInvalid(/an empty file/));
      const arm = elfKernel();
      arm.writeUInt16LE(183, 18);
      await writeFile(file, arm);
      await assert.rejects(find(file), isInvalid(/it is for aarch64, the guest is x86_64/));
      await writeFile(file, bzImage('6.2.3-mine', Buffer.alloc(100)));
      await assert.rejects(find(file, join(folder, 'modules')), isInvalid(/no folder .*modules/));
      assert.equal((await find(file)).release, '6.2.3-mine');
    }));

  it('that is not one is described by what it is', () => {
    assert.equal(describeBytes(Buffer.from('QFI\xfb....', 'latin1')), 'a qcow2 disk image');
    assert.match(describeBytes(Buffer.from('hello there, all of you')), /^text that begins with "hello there/);
    assert.match(describeBytes(Buffer.from([0, 1, 2, 3, 4, 5, 6, 7, 8])), /^9 bytes that begin with 0001020304050607/);
  });
});
