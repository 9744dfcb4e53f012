// SPDX-License-Identifier: GPL-2.0-only
/** The check `firmware`: what builds of U-Boot can do, seen from their console and from an application that they start. */
import { availableParallelism } from 'node:os';
import { FirmwareFault } from '../../guest/firmware/fault.ts';
import { HoplabError } from '../../model/errors.ts';
import { buildNative } from '../../system/native-build.ts';
import { nativeBinary } from '../../system/paths.ts';
import { vmms } from '../../vmms/index.ts';
import type { Vmm } from '../../vmms/vmm.ts';
import type { AskContext, Check, CheckSubject, Finding } from '../check.ts';
import { type AskedBuild, askRow } from './ask-row.ts';
import { archHint, fetchStockBuilds, findBuild, STOCK_BUILDS } from './builds.ts';
import { readCommands } from './commands.ts';
import { consoleEvidence, type FirmwareRow } from './row.ts';
import { firmwareRows } from './rows/index.ts';

/** A machine keeps one core busy. */
const MOST_MACHINES = 4;

const [vmm] = vmms.filter((each) => each.firmware !== undefined);

export const firmware: Check = {
  name: 'firmware',
  summary: 'builds of U-Boot for arm64: removable media, boot entries, USB, network, memory',
  subject: 'build',
  word: 'BUILD',
  wordMeans: `${STOCK_BUILDS.join(' or ')}, Debian's, the u-boot.bin of another build for the same board, or a fragment NAME.config to build one from`,
  defaults: STOCK_BUILDS,
  prepare: fetchStockBuilds,
  requires: [
    ...(vmm?.firmware?.requires ?? []),
    { kind: 'tool', name: 'setpriv', package: 'util-linux', minimum: null },
    { kind: 'tool', name: 'make', package: 'make', minimum: null },
    { kind: 'tool', name: 'clang', package: 'clang', minimum: null },
    { kind: 'tool', name: 'lld-link', package: 'lld', minimum: null },
  ],
  rows: firmwareRows.map(({ id, title, group }) => ({ id, title, group })),
  atOnce: {
    most: Math.min(availableParallelism(), MOST_MACHINES),
    alone: firmwareRows.filter(({ timed }) => timed === true).map(({ id }) => id),
  },
  async open(words, context) {
    if (vmm?.firmware === undefined) throw new Error('no VMM runs a firmware');
    await buildNative('efiprobe', context.signal);
    const subjects: CheckSubject[] = [];
    for (const word of words) {
      const build = await findBuild(word, vmm.firmware.flashBytes, context);
      if (subjects.some(({ column }) => column.id === build.id)) throw twice(build.id);
      subjects.push(subjectOf({ vmm, build, application: nativeBinary('efiprobe') }));
    }
    return subjects;
  },
};

function twice(id: string): HoplabError {
  return new HoplabError({
    code: 'USAGE',
    message: `check firmware: two builds are called ${id}, and a column is known by its name`,
    hint: 'name each file otherwise',
  });
}

function subjectOf(asked: AskedBuild & { readonly vmm: Vmm }): CheckSubject {
  const { build } = asked;
  /** Asked with the first row; what fails there fails every other row too. */
  let commands: Promise<ReadonlySet<string>> | null = null;
  return {
    column: {
      id: build.id,
      title: build.title,
      facts: [
        { name: 'source', value: build.source },
        { name: 'file', value: build.file },
        { name: 'SHA-256', value: build.sha256 },
        ...(build.configuration.length === 0 ? [] : [{ name: 'configuration', value: build.configuration.join(', ') }]),
      ],
    },
    async ask(id, context) {
      const row = firmwareRows.find((each) => each.id === id);
      if (row === undefined) throw new Error(`no row ${id}`);
      commands ??= readCommands(asked, context);
      return ask(row, await commands.catch(blocked(row, build.file)), asked, context);
    },
  };
}

type Commands = ReadonlySet<string> | Finding;

/** The row about the prompt says no; of the others nothing is known. */
function blocked(row: FirmwareRow, file: string): (error: unknown) => Promise<Finding> {
  return async (error) => {
    if (!(error instanceof FirmwareFault)) throw error;
    const why = `${error.message}${error.kind === 'silent' ? await archHint(file) : ''}`;
    return row.id === 'prompt'
      ? { outcome: 'no', found: error.kind, words: why, evidence: consoleEvidence(error.lines, 8) }
      : {
          outcome: 'could-not-look',
          found: null,
          words: `it does not come to its prompt (${error.kind})`,
          evidence: [],
        };
  };
}

const isFinding = (commands: Commands): commands is Finding => 'outcome' in commands;

async function ask(row: FirmwareRow, commands: Commands, asked: AskedBuild, context: AskContext): Promise<Finding> {
  if (isFinding(commands)) return commands;
  const lacking = (row.needs ?? []).filter((name) => !commands.has(name));
  if (lacking.length > 0) {
    const words = `this build has no command ${lacking.join(' and no ')}`;
    return { outcome: row.lacking ?? 'could-not-look', found: null, words, evidence: [] };
  }
  try {
    const { outcome, found = null, words, evidence } = row.judge(await askRow(row, asked, context));
    return { outcome, found, words, evidence };
  } catch (error) {
    context.signal.throwIfAborted();
    if (!(error instanceof FirmwareFault)) throw error;
    const crash = error.lines.findIndex(({ text }) => /abort|panic|exception/i.test(text));
    const lines = crash < 0 ? error.lines : error.lines.slice(Math.max(0, crash - 2), crash + 6);
    const evidence = consoleEvidence(lines, 8);
    return { outcome: 'no', found: error.kind, words: error.message, evidence };
  }
}
