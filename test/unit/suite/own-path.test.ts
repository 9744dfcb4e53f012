// SPDX-License-Identifier: GPL-2.0-only
/** The suite's own PATH: a program that is installed and not declared is not found by it. */
import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readdir, readlink, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { run } from '../../../src/system/exec.ts';
import { findTool } from '../../../src/system/find-tool.ts';
import { DECLARED_TOOLS } from '../../../src/system/tools.ts';
import { BASE_SYSTEM, openOwnPath } from '../../support/own-path.ts';

const signal = new AbortController().signal;

describe("the suite's PATH", () => {
  const outside = process.env.PATH;
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'hoplab-installed-'));
    for (const name of ['bin', 'sbin']) {
      await mkdir(join(folder, name));
      await writeFile(join(folder, name, `undeclared-${name}`), '#!/bin/sh\n', { mode: 0o755 });
    }
    process.env.PATH = `${folder}/bin:${outside}`;
  });
  after(async () => {
    process.env.PATH = outside;
    await rm(folder, { recursive: true });
  });

  it('has no program that is installed and not declared', async () => {
    await run(['undeclared-bin'], { signal });
    await run(['undeclared-sbin'], { signal });
    await using path = await openOwnPath();
    const installed = process.env.PATH;
    process.env.PATH = path.folder;
    try {
      for (const name of ['undeclared-bin', 'undeclared-sbin']) {
        assert.equal(await findTool(name), null);
        await assert.rejects(run([name], { signal }), { code: 'COMMAND_FAILED' });
        await assert.rejects(run(['sh', '-c', name], { signal }), /not found/);
      }
      assert.equal(await findTool('sh'), join(path.folder, 'sh'));
      assert.equal((await run(['sh', '-c', 'node --version'], { signal })).stdout.trim(), process.version);
    } finally {
      process.env.PATH = installed;
    }
  });

  it('has each program that is declared and installed, as it is found outside', async () => {
    await using path = await openOwnPath();
    const linked = new Set(await readdir(path.folder));
    for (const requirement of DECLARED_TOOLS) {
      if (requirement.kind !== 'tool') continue;
      const program = await findTool(requirement.name);
      assert.equal(linked.has(requirement.name), program !== null, requirement.name);
      if (program !== null) assert.equal(await readlink(join(path.folder, requirement.name)), program);
    }
  });

  it('has of the base system what Debian calls essential', async (t) => {
    if ((await findTool('dpkg-query')) === null) return t.skip('this is no Debian');
    const list = await run(['dpkg-query', '-W', '-f', `\${Essential} \${Package}\\n`], { signal });
    const essential = list.stdout.split('\n').flatMap((line) => /^yes (\S+)$/.exec(line)?.[1] ?? []);
    const files = (await run(['dpkg-query', '-L', ...essential], { signal })).stdout.split('\n');
    const programs = new Set(files.filter((file) => /\/s?bin\/[^/]+$/.test(file)).map((file) => basename(file)));
    assert.deepEqual(
      BASE_SYSTEM.filter((name) => !programs.has(name)),
      [],
    );
  });
});
