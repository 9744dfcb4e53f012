// SPDX-License-Identifier: GPL-2.0-only
/** A build from a fragment, with a source archive that needs no compiler: cached, its configuration told, its failure too. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { buildFirmware, parseFragment, requireBuildTools } from '../../../src/checks/firmware/own-build.ts';
import { temporaryFolder } from '../../fixtures/temporary-folder.ts';

const context = { signal: new AbortController().signal, say: () => undefined };
const ready = (): Promise<void> => Promise.resolve();

/** A cache that holds the source already: its Makefile takes the fragment, without what it does not know. */
function cacheWithSource(test: TestContext, recipe: string): string {
  const cache = temporaryFolder(test);
  const source = join(cache, 'packages', 'u-boot_trixie_source');
  const tree = join(cache, 'u-boot-9.99');
  mkdirSync(source, { recursive: true });
  mkdirSync(join(tree, 'configs'), { recursive: true });
  const rules = [
    'qemu_arm64_defconfig: ; @echo CONFIG_ARM=y > .config',
    'hoplab.config: ; @grep -v UNKNOWN configs/hoplab.config >> .config',
    `u-boot.bin: ; ${recipe}`,
    '.PHONY: hoplab.config',
  ];
  writeFileSync(join(tree, 'Makefile'), `${rules.join('\n')}\n`);
  execFileSync('tar', ['-C', cache, '-czf', join(source, 'u-boot_9.99.orig.tar.gz'), 'u-boot-9.99']);
  const before = process.env.HOPLAB_CACHE;
  process.env.HOPLAB_CACHE = cache;
  test.after(() => {
    if (before === undefined) delete process.env.HOPLAB_CACHE;
    else process.env.HOPLAB_CACHE = before;
  });
  return cache;
}

describe('a build from a fragment', () => {
  it('is made once, and tells which lines the configuration has', async (test) => {
    const cache = cacheWithSource(test, '@echo built $(CROSS_COMPILE) > $@');
    const fragment = join(cache, 'own.config');
    writeFileSync(fragment, '# menus\nCONFIG_CMD_BOOTMENU=y\nCONFIG_UNKNOWN=y\nCONFIG_DFU=n\n');
    const first = await buildFirmware(fragment, context, ready);
    assert.equal(readFileSync(first.file, 'utf8'), 'built aarch64-linux-gnu-\n');
    assert.equal(first.source, 'Debian source u-boot 9.99 (trixie)');
    assert.deepEqual(first.configuration, [
      'CONFIG_CMD_BOOTMENU=y',
      'CONFIG_UNKNOWN=y (dropped: its dependencies are not met)',
      'CONFIG_DFU=n',
    ]);
    writeFileSync(fragment, 'CONFIG_CMD_BOOTMENU=y\n\nCONFIG_UNKNOWN=y\n# CONFIG_DFU is not set\n');
    const again = await buildFirmware(fragment, context, () => assert.fail('it is in the cache'));
    assert.deepEqual(again, first);
    assert.equal(readdirSync(join(cache, 'firmware')).length, 1);
  });

  it('that fails shows the last lines of the build, and leaves nothing', async (test) => {
    const cache = cacheWithSource(test, '@echo "board.c:7: error: no such symbol" >&2; exit 1');
    const fragment = join(cache, 'own.config');
    writeFileSync(fragment, 'CONFIG_CMD_BOOTMENU=y\n');
    await assert.rejects(buildFirmware(fragment, context, ready), {
      code: 'SETUP_FAILED',
      message: /^build U-Boot: .*board\.c:7: error: no such symbol/s,
    });
    assert.deepEqual(readdirSync(join(cache, 'firmware')), []);
  });

  it('without its compilers is one error, with the command that installs them', async (test) => {
    const before = process.env.PATH;
    test.after(() => {
      process.env.PATH = before;
    });
    process.env.PATH = temporaryFolder(test);
    await assert.rejects(requireBuildTools(), {
      code: 'REQUIREMENT_MISSING',
      message: /^build a firmware for arm64: aarch64-linux-gnu-gcc, gcc, make, bison, flex, bc, bzip2/,
      hint: /gcc-aarch64-linux-gnu gcc make bison flex bc bzip2|your distribution calls/,
    });
  });
});

describe('a fragment', () => {
  it('is its lines without comments; "=n" is what "is not set" says', () => {
    assert.deepEqual(parseFragment('# a\n\n CONFIG_A=y\nCONFIG_B=n\n# CONFIG_C is not set\nCONFIG_A=y\n', 'f'), [
      'CONFIG_A=y',
      '# CONFIG_B is not set',
      '# CONFIG_C is not set',
    ]);
  });

  it('with a line of something else is refused with that line', () => {
    assert.throws(() => parseFragment('CONFIG_A=y\nbootmenu: yes\n', 'own.config'), {
      code: 'USAGE',
      message: 'build a firmware from own.config: "bootmenu: yes" is no line of a configuration',
    });
  });
});
