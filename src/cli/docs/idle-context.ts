// SPDX-License-Identifier: GPL-2.0-only
/** The context of commands that are defined to be described, and not run. */
import type { CliContext } from '../command.ts';

export const idleContext: CliContext = {
  argv: [],
  signal: new AbortController().signal,
  print: () => undefined,
  say: () => undefined,
  finish: () => undefined,
};
