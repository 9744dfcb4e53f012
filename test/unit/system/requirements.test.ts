// SPDX-License-Identifier: GPL-2.0-only
/** Requirements: what is found on this machine, and which command each distribution is told. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { before, describe, it } from 'node:test';
import { HoplabError } from '../../../src/model/errors.ts';
import type { Requirement, RequirementStatus } from '../../../src/model/requirement.ts';
import { type Distribution, installCommand, packageNamesOf, parseOsRelease } from '../../../src/system/distribution.ts';
import { run } from '../../../src/system/exec.ts';
import { findTool, isAtLeast, versionIn } from '../../../src/system/find-tool.ts';
import { buildNative } from '../../../src/system/native-build.ts';
import { deriveNonFree } from '../../../src/system/non-free-source.ts';
import { BPF_TOOLS, NATIVE_TOOLS } from '../../../src/system/paths.ts';
import { probeRequirements, requirementKey } from '../../../src/system/requirements.ts';
import { searchPath } from '../../../src/system/search-path.ts';
import { unavailablePaths } from '../../../src/system/unavailable-paths.ts';
import { vmms } from '../../../src/vmms/index.ts';
import { forNobody, NOBODY, whyNotNobody } from '../../fixtures/as-nobody.ts';

const signal = new AbortController().signal;
const guestKernel = async () => 'a kernel';
const linux = process.platform === 'linux';
const root = process.getuid?.() === 0;

async function probeOne(requirement: Requirement): Promise<RequirementStatus> {
  const [status] = await probeRequirements([requirement], { signal, guestKernel });
  assert.ok(status !== undefined);
  return status;
}

describe('probing a requirement', () => {
  it('finds a tool on PATH, and asks for its version only when one is needed', async () => {
    const sh = await probeOne({ kind: 'tool', name: 'sh', package: 'dash', minimum: null });
    assert.ok(sh.met && sh.found.endsWith('/sh') && sh.hint === '');
    const node = await probeOne({ kind: 'tool', name: 'node', package: 'nodejs', minimum: '20.19' });
    assert.ok(node.met, node.found);
    assert.match(node.found, /node \d+\.\d+/);
  });

  it('says what is missing or too old, and how to get it', async () => {
    const none = await probeOne({ kind: 'tool', name: 'no-such-tool', package: 'no-such', minimum: null });
    assert.equal(none.met, false);
    assert.equal(none.found, 'not found on PATH');
    assert.match(none.hint, /no-such/);
    const old = await probeOne({ kind: 'tool', name: 'node', package: 'nodejs', minimum: '999.0' });
    assert.equal(old.met, false);
    assert.match(old.found, /is version \d+\.\d+[^,]*, and 999\.0 is the lowest that works/);
  });

  it('looks at the version and the BTF of the kernel, and says what it is', async (context) => {
    const ask = (minimum: string) => probeOne({ kind: 'kernel', minimum, btf: true });
    const far = await ask('999.0');
    assert.equal(far.met, false);
    assert.match(far.found, /^this is \w+ \d+\.\d+/);
    assert.match(far.hint, /boot Linux 999\.0 or later with CONFIG_DEBUG_INFO_BTF/);
    if (!existsSync('/sys/kernel/btf/vmlinux')) return context.skip('this kernel has no BTF');
    const here = await ask('4.18');
    assert.deepEqual([here.met, here.hint], [true, '']);
    assert.match(here.found, /^\d+\.\d+.*, \/sys\/kernel\/btf\/vmlinux$/);
  });

  it('opens devices rather than looking at their names', async () => {
    assert.ok((await probeOne({ kind: 'device', path: '/dev/null', module: null })).met);
    const none = await probeOne({ kind: 'device', path: '/dev/no-such', module: 'no_such' });
    assert.equal(none.found, 'there is no /dev/no-such');
    assert.match(none.hint, /no_such/);
    const folder = await probeOne({ kind: 'device', path: '/dev', module: null });
    assert.equal(folder.met, false);
  });

  it('asks the kernel itself for link types', { skip: !(linux && root) && 'needs Linux and root' }, async () => {
    const types = ['veth', 'bridge', 'no-such-type'].map(
      (type) => ({ kind: 'link-type', type, module: null }) as const,
    );
    const statuses = await probeRequirements(types, { signal, guestKernel });
    assert.deepEqual(
      statuses.map(({ met }) => met),
      [true, true, false],
    );
    assert.match(statuses[2]?.found ?? '', /the kernel refused one: /);
  });

  it('reports each different requirement once, in the order of the first', async () => {
    const sh: Requirement = { kind: 'tool', name: 'sh', package: 'dash', minimum: null };
    const same: Requirement = { minimum: null, package: 'dash', name: 'sh', kind: 'tool' };
    assert.equal(requirementKey(sh), requirementKey(same));
    const statuses = await probeRequirements([{ kind: 'linux' }, sh, same, { kind: 'linux' }], { signal, guestKernel });
    assert.deepEqual(
      statuses.map(({ requirement }) => requirement.kind),
      ['linux', 'tool'],
    );
  });

  it('passes on what keeps the guest kernel from being there', async () => {
    const missing = async () => {
      throw new HoplabError({ code: 'NOT_SET_UP', message: 'it was not fetched yet' });
    };
    const requirement = { kind: 'artifact', artifact: 'guest-kernel' } as const;
    const [status] = await probeRequirements([requirement], { signal, guestKernel: missing });
    assert.deepEqual([status?.met, status?.found], [false, 'it was not fetched yet']);
    assert.match(status?.hint ?? '', /hoplab setup/);
  });

  it('ends at once when it is aborted', async () => {
    const aborted = AbortSignal.abort(new Error('stop'));
    const requirement = { kind: 'tool', name: 'node', package: 'nodejs', minimum: '1.0' } as const;
    await assert.rejects(probeRequirements([requirement], { signal: aborted, guestKernel }), /stop/);
  });
});

describe('a tool', () => {
  it('is found in the folders of administrators too, which a plain user has not on PATH', () => {
    assert.equal(searchPath('/opt/x/bin:/usr/bin/'), '/opt/x/bin:/usr/bin/:/opt/x/sbin:/usr/sbin');
    assert.equal(searchPath('/nowhere:/bin:/sbin'), '/nowhere:/bin:/sbin');
    assert.equal(searchPath(''), '/usr/local/bin:/usr/bin:/bin:/usr/local/sbin:/usr/sbin:/sbin');
  });

  it('that is called present is the one that is started', { skip: !linux && 'needs Linux' }, async () => {
    const folder = await mkdtemp(join(tmpdir(), 'hoplab-tool-'));
    const path = process.env.PATH;
    try {
      await mkdir(join(folder, 'bin'));
      await mkdir(join(folder, 'sbin'));
      await writeFile(join(folder, 'sbin', 'hoplab-test-tool'), '#!/bin/sh\necho "$0"\n', { mode: 0o755 });
      process.env.PATH = `${folder}/bin:${path}`;
      const found = await findTool('hoplab-test-tool');
      assert.equal(found, join(folder, 'sbin', 'hoplab-test-tool'));
      assert.equal((await run(['hoplab-test-tool'], { signal })).stdout.trim(), found);
      process.env.PATH = join(folder, 'bin');
      assert.equal(await findTool('ls'), null);
      await assert.rejects(run(['ls'], { signal }), { code: 'COMMAND_FAILED' });
    } finally {
      process.env.PATH = path;
      await rm(folder, { recursive: true });
    }
  });
});

it('versions are compared part by part', () => {
  assert.equal(versionIn('QEMU emulator version 7.2.22 (Debian 1:7.2+dfsg-7)'), '7.2.22');
  assert.equal(versionIn('passt unknown version'), null);
  for (const [version, minimum, met] of [
    ['7.2.22', '7.2', true],
    ['7.2', '7.2.0', true],
    ['7.10', '7.9', true],
    ['10.0', '7.2', true],
    ['7.1.9', '7.2', false],
    ['6.9', '7.2', false],
  ] as const) {
    assert.equal(isAtLeast(version, minimum), met, `${version} >= ${minimum}`);
  }
});

describe('the install command', () => {
  const on = (family: Distribution['family']) =>
    installCommand(['passt', 'iproute2', 'qemu-system-x86'], { name: '', family, codename: null }, vmmNames);
  const vmmNames = packageNamesOf(vmms.flatMap((vmm) => vmm.requires('x86_64')));

  it('is apt-get on Debian, and never elsewhere', () => {
    assert.equal(on('debian'), 'apt-get install --no-install-recommends passt iproute2 qemu-system-x86');
    assert.equal(on('fedora'), 'dnf install passt iproute qemu-system-x86-core');
    assert.equal(on('suse'), 'zypper install passt iproute2 qemu-system-x86');
    assert.match(on('arch'), /^pacman -S /);
    assert.match(on('alpine'), /^apk add /);
    for (const family of ['fedora', 'suse', 'arch', 'alpine', 'other'] as const) assert.doesNotMatch(on(family), /apt/);
    assert.match(on('other'), /your distribution calls passt/);
  });

  it('names what has no package', () => {
    assert.equal(
      installCommand(['sockperf', 'passt'], { name: '', family: 'arch', codename: null }),
      'pacman -S passt; build sockperf from its sources (no package known)',
    );
  });

  it('knows a distribution from its os-release', () => {
    assert.deepEqual(
      parseOsRelease('PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nID=debian\nVERSION_CODENAME=bookworm\n'),
      {
        name: 'Debian GNU/Linux 12 (bookworm)',
        family: 'debian',
        codename: 'bookworm',
      },
    );
    assert.equal(parseOsRelease('ID=rocky\nID_LIKE="rhel centos fedora"\n').family, 'fedora');
    assert.equal(parseOsRelease("ID='opensuse-leap'\n").family, 'suse');
    assert.equal(parseOsRelease('ID=linuxmint\nID_LIKE="ubuntu debian"').family, 'debian');
    assert.equal(parseOsRelease('').family, 'other');
  });
});

describe('the source of the non-free area', () => {
  it('is derived from the stanza that brings main of this release', () => {
    const sources = `Types: deb
URIs: http://mirror.example/debian
Suites: trixie trixie-updates
Components: main
Signed-By: /usr/share/keyrings/k.gpg

Types: deb
URIs: http://mirror.example/security
Suites: trixie-security
Components: main
`;
    assert.equal(
      deriveNonFree([sources], 'trixie'),
      'Types: deb\nURIs: http://mirror.example/debian\nSuites: trixie\nComponents: non-free\nSigned-By: /usr/share/keyrings/k.gpg\n',
    );
  });

  it('is derived from a line of sources.list too', () => {
    const list =
      '# cdrom\ndeb-src http://m.example/d bookworm main\ndeb [arch=amd64 signed-by=/k.gpg] http://m.example/d bookworm main contrib\n';
    assert.equal(
      deriveNonFree(['', list], 'bookworm'),
      'Types: deb\nURIs: http://m.example/d\nSuites: bookworm\nComponents: non-free\nSigned-By: /k.gpg\n',
    );
  });

  it('is not derived from other releases, other archives or what is switched off', () => {
    const vendor = 'Types: deb\nURIs: https://vendor.example\nSuites: nodistro\nComponents: main\n';
    const off = 'Enabled: no\nTypes: deb\nURIs: http://m.example\nSuites: bookworm\nComponents: main\n';
    assert.equal(deriveNonFree([vendor, off, 'deb http://m.example/d sid main\n'], 'bookworm'), null);
  });
});

describe('set-up', { skip: whyNotNobody() }, () => {
  // nobody could not build what is out of date.
  before(async () => {
    for (const tool of [...NATIVE_TOOLS, ...BPF_TOOLS]) await buildNative(tool, signal);
  });

  /** Runs installAll in a process of its own, as nobody: as root it would ask apt for a package that does not exist. */
  async function setUpAsNobody(tool: string): Promise<{ said: string[]; code: string; hint: string }> {
    const module = forNobody(new URL('../../../src/system/install.js', import.meta.url).href);
    const script = `
      const { installAll } = await import(${JSON.stringify(module)});
      const said = [];
      const requirements = [{ kind: 'tool', name: ${JSON.stringify(tool)}, package: 'its-package', minimum: null }];
      const options = { signal: new AbortController().signal, requirements, dev: false, say: (line) => said.push(line) };
      let error = {};
      await installAll({ ...options, guestKernel: async () => 'a kernel' }).catch((thrown) => { error = thrown; });
      console.log(JSON.stringify({ said, code: error.code ?? '', hint: error.hint ?? '' }));`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
      uid: NOBODY,
      cwd: '/',
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let out = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      out += text;
    });
    await once(child, 'close');
    return JSON.parse(out);
  }

  it('of a ready machine needs no root, and says that all is there', async () => {
    const { said, code } = await setUpAsNobody('sh');
    assert.equal(code, '');
    assert.match(said[0] ?? '', /^packages: all \d+ tools are there$/);
    assert.deepEqual(said.slice(1), ['native parts: up to date', 'guest kernel: a kernel']);
  });

  it('without root says which packages are missing and the command that installs them', async () => {
    const { said, code, hint } = await setUpAsNobody('no-such-tool');
    assert.equal(code, 'NOT_ROOT');
    assert.match(hint, /sudo \.\/setup\.sh.*its-package/);
    assert.deepEqual(said, []);
  });
});

describe('paths that cannot run', () => {
  const tool: Requirement = { kind: 'tool', name: 'passt', package: 'passt', minimum: null };
  const tun: Requirement = { kind: 'device', path: '/dev/net/tun', module: 'tun' };
  const status = (requirement: Requirement, met: boolean): RequirementStatus => ({
    requirement,
    met,
    found: met ? 'there' : 'not found',
    hint: met ? '' : `get ${requirement.kind}`,
  });
  const need = (path: string, named: boolean, ...requirements: Requirement[]) => ({
    path,
    backend: path,
    named,
    requirements,
  });

  it('are left out with their reason when they came with the default set', () => {
    const needs = [need('host', false), need('passt', false, tool), need('tap', false, tun)];
    assert.deepEqual(unavailablePaths(needs, [status(tool, false), status(tun, true)]), [
      { path: 'passt', backend: 'passt', reason: 'needs passt (not found)', hint: 'get tool' },
    ]);
  });

  it('are an error that lists all that is missing when the user named them', () => {
    const needs = [need('a', true, tool, tun), need('b', false, tool)];
    assert.throws(
      () => unavailablePaths(needs, [status(tool, false), status(tun, false)]),
      (error) => {
        assert.ok(error instanceof HoplabError);
        assert.equal(error.code, 'REQUIREMENT_MISSING');
        assert.match(error.message, /path a \(a\) needs passt \(not found\), \/dev\/net\/tun \(not found\)/);
        assert.equal(error.hint, 'get tool; get device');
        return true;
      },
    );
  });

  it('are one error where no lab can be built at all: Linux before root before set-up', () => {
    const every: Requirement[] = [{ kind: 'linux' }, { kind: 'root' }, { kind: 'artifact', artifact: 'native' }];
    const codes = [0, 1, 2].map((from) => {
      try {
        unavailablePaths(
          [],
          every.map((requirement, index) => status(requirement, index < from)),
        );
      } catch (error) {
        return error instanceof HoplabError ? error.code : 'other';
      }
      return 'none';
    });
    assert.deepEqual(codes, ['NOT_LINUX', 'NOT_ROOT', 'NOT_SET_UP']);
  });
});
