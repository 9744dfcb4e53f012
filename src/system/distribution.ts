// SPDX-License-Identifier: GPL-2.0-only
/** Which distribution this machine runs, and the command that installs a tool there. */
import { readFile } from 'node:fs/promises';
import type { PackageFamily, PackageNames, Requirement } from '../model/requirement.ts';

export interface Distribution {
  readonly name: string;
  readonly family: PackageFamily;
  /** "bookworm"; null where the distribution has none. */
  readonly codename: string | null;
}

const FAMILY_OF_ID: Readonly<Record<string, PackageFamily>> = {
  debian: 'debian',
  ubuntu: 'debian',
  fedora: 'fedora',
  rhel: 'fedora',
  centos: 'fedora',
  suse: 'suse',
  opensuse: 'suse',
  sles: 'suse',
  arch: 'arch',
  alpine: 'alpine',
};

const INSTALL_COMMAND: Readonly<Record<Exclude<PackageFamily, 'other'>, string>> = {
  debian: 'apt-get install --no-install-recommends',
  fedora: 'dnf install',
  suse: 'zypper install',
  arch: 'pacman -S',
  alpine: 'apk add',
};

/** Of packages whose requirements do not bring their other names. */
const PACKAGE_NAMES: PackageNames = {
  iproute2: { fedora: 'iproute' },
  procps: { fedora: 'procps-ng', arch: 'procps-ng' },
  'musl-tools': { fedora: 'musl-gcc', suse: null, arch: 'musl', alpine: 'musl-dev' },
  'linux-libc-dev': {
    fedora: 'kernel-headers',
    suse: 'linux-glibc-devel',
    arch: 'linux-api-headers',
    alpine: 'linux-headers',
  },
  'xz-utils': { fedora: 'xz', suse: 'xz', arch: 'xz', alpine: 'xz' },
  'iputils-ping': { fedora: 'iputils', suse: 'iputils', arch: 'iputils', alpine: 'iputils' },
  'openvswitch-switch': { fedora: 'openvswitch', suse: 'openvswitch', arch: 'openvswitch', alpine: 'openvswitch' },
  mount: { fedora: 'util-linux', suse: 'util-linux', arch: 'util-linux' },
  iptables: { fedora: 'iptables-legacy', alpine: 'iptables-legacy' },
  tshark: { fedora: 'wireshark-cli', suse: 'wireshark', arch: 'wireshark-cli' },
  python3: { arch: 'python' },
  sockperf: { arch: null, alpine: null },
  netperf: { suse: 'netperf', arch: null, alpine: null },
};

let known: Promise<Distribution> | null = null;

/** Reads /etc/os-release once. */
export function readDistribution(): Promise<Distribution> {
  known ??= readFile('/etc/os-release', 'utf8').then(parseOsRelease, () => parseOsRelease(''));
  return known;
}

/** Reads the keys of os-release(5) that matter here. */
export function parseOsRelease(text: string): Distribution {
  const fields = new Map<string, string>();
  for (const line of text.split('\n')) {
    const match = /^([A-Z_]+)=(?:"(.*)"|'(.*)'|(.*))$/.exec(line.trim());
    const key = match?.[1];
    if (key !== undefined) fields.set(key, match?.[2] ?? match?.[3] ?? match?.[4] ?? '');
  }
  const ids = [fields.get('ID') ?? '', ...(fields.get('ID_LIKE') ?? '').split(/\s+/)];
  const family = ids.map((id) => FAMILY_OF_ID[id.split('-')[0] ?? '']).find((each) => each !== undefined);
  return {
    name: fields.get('PRETTY_NAME') || fields.get('NAME') || 'unknown distribution',
    family: family ?? 'other',
    codename: fields.get('VERSION_CODENAME') || null,
  };
}

/** What other distributions call the packages of requirements that say so. */
export function packageNamesOf(requirements: readonly Requirement[]): PackageNames {
  return Object.fromEntries(
    requirements.flatMap((each) =>
      each.kind === 'tool' && each.packageIn !== undefined ? [[each.package, each.packageIn] as const] : [],
    ),
  );
}

/** The exact command that installs packages (named as in Debian) on this distribution, or what to look for. */
export function installCommand(
  debianPackages: readonly string[],
  { family }: Distribution,
  names: PackageNames = {},
): string {
  if (family === 'other') return `install what your distribution calls ${debianPackages.join(', ')}`;
  const known = { ...PACKAGE_NAMES, ...names };
  const wanted = debianPackages.map((name) => ({ name, here: packageName(name, family, known) }));
  const available = wanted.flatMap(({ here }) => here ?? []);
  const none = wanted.flatMap(({ name, here }) => (here === null ? [name] : []));
  const command = available.length === 0 ? [] : [`${INSTALL_COMMAND[family]} ${available.join(' ')}`];
  return [...command, ...none.map((name) => `build ${name} from its sources (no package known)`)].join('; ');
}

function packageName(debian: string, family: PackageFamily, names: PackageNames): string | null {
  const elsewhere = names[debian]?.[family];
  return elsewhere === undefined ? debian : elsewhere;
}
