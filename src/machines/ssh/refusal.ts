// SPDX-License-Identifier: GPL-2.0-only
/** What ssh says when it does not get in, as one error with what to do about it. Pure. */
import { HoplabError } from '../../model/errors.ts';

interface Known {
  readonly said: RegExp;
  readonly why: (host: string) => string;
  readonly hint: (host: string) => string;
}

const KNOWN: readonly Known[] = [
  {
    said: /REMOTE HOST IDENTIFICATION HAS CHANGED/,
    why: () => 'its host key has changed: this may be another machine',
    hint: (host) =>
      `find out why; if the new key is right, ssh-keygen -R forgets the old one: see \`ssh ${host} true\``,
  },
  {
    said: /Host key verification failed/,
    why: () => 'its host key is not known here',
    hint: (host) => `ssh ${host} true shows the key and asks, once`,
  },
  {
    said: /Permission denied/,
    why: () => 'it takes no key that ssh has without asking for a password',
    hint: (host) =>
      `ssh -o BatchMode=yes ${host} true must work; under sudo your agent is there with sudo --preserve-env=SSH_AUTH_SOCK`,
  },
  {
    said: /Could not resolve hostname/,
    why: () => 'no such name',
    hint: (host) => `ssh ${host} true must work; the lab file's \`host\` is a name of your ssh_config, or USER@HOST`,
  },
  {
    said: /Connection refused|timed out|No route to host|Network is unreachable|Connection reset|kex_exchange/,
    why: () => 'no ssh server answers there',
    hint: (host) => `ssh ${host} true must work`,
  },
];

/** ssh's own failures end with 255; `said` is its stderr. */
export function refusalOf(host: string, said: string): HoplabError {
  const known = KNOWN.find((one) => one.said.test(said));
  const last = said.trim().split('\n').at(-1)?.trim() || 'it said nothing';
  return new HoplabError({
    code: 'MACHINE_REFUSED',
    message: `reach ${host} by ssh: ${known === undefined ? '' : `${known.why(host)}: `}${last}`,
    hint: known?.hint(host) ?? `ssh ${host} true must work`,
  });
}
