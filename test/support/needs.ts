// SPDX-License-Identifier: GPL-2.0-only
/** Says why a test that needs a real thing cannot run here; where CI is declared such a skip is a failure instead. */

import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';

const CHECKS = {
  root: () => (process.getuid?.() === 0 ? null : 'needs root: run `sudo npm test`'),
  git: () => (spawnSync('git', ['--version']).status === 0 ? null : 'needs git: apt-get install git'),
  nft: () => (spawnSync('nft', ['--version']).error === undefined ? null : 'needs nft: apt-get install nftables'),
  zsh: () => (spawnSync('zsh', ['--version']).error === undefined ? null : 'needs zsh: apt-get install zsh'),
  fish: () => (spawnSync('fish', ['--version']).error === undefined ? null : 'needs fish: apt-get install fish'),
  sshd: () => (existsSync('/usr/sbin/sshd') ? null : 'needs sshd: apt-get install openssh-server'),
  fat: () =>
    spawnSync('mcopy', ['--version']).error === undefined && spawnSync('fsck.fat', ['--help']).error === undefined
      ? null
      : 'needs fsck.fat and mcopy: apt-get install dosfstools mtools',
  linux: () => (process.platform === 'linux' ? null : 'needs Linux'),
} as const;

/** For a test's or suite's `skip`: false = run it. */
export function needs(...what: (keyof typeof CHECKS)[]): string | false {
  if (process.env.CI !== undefined) return false;
  return what.map((name) => CHECKS[name]()).find((reason) => reason !== null) ?? false;
}
