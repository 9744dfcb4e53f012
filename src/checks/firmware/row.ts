// SPDX-License-Identifier: GPL-2.0-only
/** A row of the firmware's check, as data: a machine, the steps on its console, and what they come to. */
import type { ConsoleAnswer } from '../../guest/firmware/console.ts';
import type { ConsoleLine } from '../../guest/firmware/console-line.ts';
import type { CheckEvidence, CheckOutcome } from '../../model/check.ts';
import type { MediumBus } from '../../vmms/firmware-machine.ts';

/** What lies on a medium where a firmware looks for an operating system without being told. */
export type LoaderState = 'whole' | 'missing' | 'cut' | 'garbage';

export interface RowMedium {
  /** Written on it too: by this name the application says what it was loaded from. */
  readonly id: string;
  readonly bus: MediumBus;
  readonly port?: string;
  readonly serial?: string;
  readonly loader: LoaderState;
  /** Of its partition table; absent = its own. */
  readonly signature?: number;
}

export type RowStep =
  /** To the next prompt. */
  | { readonly kind: 'command'; readonly name: string; readonly line: string; readonly deadlineMs?: number }
  /** To a line that the pattern fits. */
  | {
      readonly kind: 'keys';
      readonly name: string;
      readonly keys: string;
      readonly until: RegExp;
      readonly deadlineMs?: number;
    }
  /** The firmware starts anew, and is interrupted again. */
  | { readonly kind: 'restart'; readonly name: string };

export interface FirmwareRow {
  readonly id: string;
  readonly title: string;
  readonly group: string;
  /** Commands that a build must have. */
  readonly needs?: readonly string[];
  /** What it is where the build lacks one; absent = could-not-look. */
  readonly lacking?: Extract<CheckOutcome, 'no' | 'could-not-look'>;
  readonly media: readonly RowMedium[];
  readonly usb?: { readonly controller: 'ehci' | 'xhci'; readonly hubs: readonly string[] };
  /** Name -> content; absent = no NIC. */
  readonly served?: Readonly<Record<string, Uint8Array>>;
  /** Whether its words have a time: nothing else is asked meanwhile. */
  readonly timed?: boolean;
  /** Whether nobody interrupts the start: the steps begin with the first word. */
  readonly unattended?: boolean;
  readonly steps: readonly RowStep[];
  /** Pure. Every step was answered. */
  judge(seen: Seen): RowFinding;
}

export interface Seen {
  /** To the prompt; null where nobody waited for it. */
  readonly promptMs: number | null;
  /** By the name of the step. Throws where there is no such step: a bug of the row. */
  answer(name: string): ConsoleAnswer;
}

interface RowFinding {
  readonly outcome: CheckOutcome;
  readonly words: string;
  readonly found?: string;
  readonly evidence: readonly CheckEvidence[];
}

/** Lines of the console as evidence; a firmware's own words are enough of them. */
export function consoleEvidence(lines: readonly ConsoleLine[], most = 12): CheckEvidence[] {
  return lines
    .filter(({ text }) => text.trim() !== '')
    .slice(-most)
    .map(({ text, atMs }) => ({ from: 'console', line: text, atMs }));
}

/** The first line that the pattern fits. */
export function lineLike(answer: ConsoleAnswer, pattern: RegExp): ConsoleLine | null {
  return answer.lines.find(({ text }) => pattern.test(text)) ?? null;
}

/** Loads the application from a medium and starts it: the two steps of rows that ask for handles. */
export function startApplication(from: string, name: string): RowStep[] {
  return [
    { kind: 'command', name: `load ${name}`, line: `load ${from} \${kernel_addr_r} EFI/BOOT/BOOTAA64.EFI` },
    // biome-ignore lint/suspicious/noTemplateCurlyInString: a variable of the firmware's own
    { kind: 'command', name, line: 'bootefi ${kernel_addr_r}' },
  ];
}
