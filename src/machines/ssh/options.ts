// SPDX-License-Identifier: GPL-2.0-only
/** What a lab file tells of a machine that is reached by ssh. */
import { z } from 'zod';
import type { MachineOptions } from '../machine.ts';

export const sshOptions = z.strictObject({
  host: z
    .string()
    .regex(/^[^\s-]\S*$/, 'is a name as `ssh NAME` takes it')
    .describe('ssh: the machine, as `ssh NAME` takes it: a name of your ssh_config, or USER@HOST.')
    .meta({ examples: ['lab2'] }),
  config: z
    .string()
    .min(1)
    .optional()
    .describe('ssh: an ssh_config instead of your own; an absolute path.')
    .meta({ examples: ['/home/me/lab/ssh_config'] }),
  scratch: z
    .string()
    .regex(/^\/\S*$/, 'is an absolute path without spaces')
    .refine(
      (path) => !/^\/(run|proc)(\/|$)/.test(path),
      'is a folder that a lab hides: name one outside /run and /proc',
    )
    .optional()
    .describe(
      'ssh: where a temporary folder with our tools is made there; /tmp by default. A folder mounted noexec will not do.',
    )
    .meta({ examples: ['/var/tmp'] }),
});

/** What the keys come to. */
export interface SshTarget {
  readonly host: string;
  readonly config: string | null;
  /** Where a temporary folder is made there. */
  readonly scratch: string;
}

export function targetOf(options: MachineOptions): SshTarget {
  const { host, config = null, scratch = '/tmp' } = sshOptions.parse(options);
  return { host, config, scratch };
}

/** The name of a machine as a part of the name of a file. */
export function journalWord(host: string): string {
  return host.replace(/[^A-Za-z0-9.-]/g, '-');
}
