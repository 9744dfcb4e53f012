// SPDX-License-Identifier: GPL-2.0-only
/** Every error code of hoplab, and the one class that carries them. */

/**
 * Code -> what it means, in a sentence. `docs/errors.md` is generated from this table.
 * A code is stable: scripts may match on it.
 */
export const ERROR_CODES = {
  LAB_FILE_SYNTAX: 'The lab file is not valid YAML.',
  LAB_FILE_INVALID: 'The lab file has an unknown key or a value that is not allowed.',
  USAGE: 'The command line has an unknown word or a value that is not allowed.',
  NOT_ROOT: 'The command builds a lab and needs root.',
  NOT_LINUX: 'The command builds a lab and needs Linux.',
  REQUIREMENT_MISSING: 'A tool, device or kernel feature that the named backend needs is not there.',
  NOT_SET_UP: 'A native part or the guest kernel is not built or fetched yet.',
  KERNEL_INVALID: 'The guest kernel file is missing or is not a kernel image.',
  COMMAND_FAILED: 'A command that hoplab ran came back with a failure.',
  COMMAND_TIMEOUT: 'A command that hoplab ran did not end in time.',
  SERVICE_FAILED: 'A long-running process of the lab ended early or never became ready.',
  GUEST_BOOT_FAILED: 'The guest did not reach its agent within the deadline.',
  GUEST_GONE: 'The guest ended, or its agent stopped answering, while it was needed.',
  GUEST_CLOCK: "The guest's clock runs at another rate than this machine's: no time measured in that guest holds.",
  AGENT_REFUSED: 'The agent in the guest answered an order with an error.',
  QMP_FAILED: 'QEMU answered a QMP command with an error, or not at all.',
  PROBE_FAILED: 'The prober ended with an error.',
  SAMPLES_CORRUPT: 'A file of samples is damaged or cut short.',
  SAMPLES_IMPOSSIBLE: 'Samples contradict themselves (zero or negative time, order broken).',
  TRACE_REFUSED: 'The kernel takes none of the points of a trace.',
  TRACE_FAILED: 'The tracer ended with an error, or its records cannot be used.',
  TRACE_CORRUPT: 'A file of trace records is damaged where it begins, or was written by another version.',
  TRACE_IMPOSSIBLE: 'Trace records contradict themselves: an effect before its cause, clocks that no line joins.',
  EVIDENCE_CORRUPT: 'What a tool of the diagnosis wrote cannot be read.',
  RUN_NOT_FOUND: 'There is no such run folder.',
  RUNS_UNREADABLE: 'What was named as the folder of runs is a file, or cannot be read.',
  RUN_DAMAGED: 'A run folder lacks a file or holds one that cannot be read.',
  RUN_TOO_NEW: 'The run folder was written by a newer hoplab.',
  RUN_NOT_WRITABLE: 'The folder that holds the runs cannot be written.',
  DISK_FULL: 'The disk that holds the run folder is full.',
  MEASURING_BUSY: 'Another measuring run is under way on this machine.',
  MACHINE_REFUSED: 'Another machine cannot be reached by ssh, or does not let hoplab do what a lab needs there.',
  MACHINE_GONE: 'The connection to another machine ended, or nothing answers there any more, while it was needed.',
  UPLINK_REFUSED: 'An interface of a machine is not there or in use, so that no lab can have it for a wire.',
  UPLINK_DOWN: 'An uplink has no carrier: its cable, its switch or the other end is down.',
  LAB_FAILED: 'The lab could not be built.',
  NIC_NOT_FOUND: 'There is no NIC of that name or address on this machine.',
  NIC_REFUSED: 'A NIC cannot be given to a guest, did not go there, or did not come back as it was.',
  BRIDGE_REFUSED: 'A bridge cannot be brought up over these ports, or would take them from something else.',
  BRIDGE_EXISTS: 'There is a bridge of that name already.',
  BRIDGE_NOT_FOUND: 'There is no bridge of that name, or none at all.',
  BRIDGE_FAILED: 'A bridge ended by itself, or gave no answer.',
  SETUP_FAILED: 'Set-up could not finish.',
  REPORTS_NOT_FOUND: 'There is no folder of weekly reports, or no earlier report in it.',
  REPORTS_INVALID: 'weekly.yaml has an unknown key, a value that is not allowed, or is no valid YAML.',
  REPORT_UNREADABLE: 'A file is not a plain-text report, or is too large for one.',
  REPORT_REFUSED: 'The report cannot be written or sent: it is not there, has nobody to go to, or was sent already.',
  PORT_TAKEN: 'Another process listens on the port of the dashboard.',
  ADDRESS_REFUSED: 'The dashboard cannot listen on that address.',
  UNLIKE_RUNS: 'The runs were measured in different ways, so that a difference may be that of the ways.',
  NO_DATA: 'The run has no finished cell to report.',
  INTERRUPTED: 'The command was interrupted.',
} as const;

export type ErrorCode = keyof typeof ERROR_CODES;

export interface HoplabErrorParts {
  readonly code: ErrorCode;
  /** What was attempted, on what, what came back. */
  readonly message: string;
  /** The next command to type, or the next thing to do. */
  readonly hint?: string;
  readonly cause?: unknown;
}

/** A failure that the user can act on. Bugs throw plain `Error`. */
export class HoplabError extends Error {
  readonly code: ErrorCode;
  readonly hint: string | undefined;

  constructor(parts: HoplabErrorParts) {
    super(parts.message, parts.cause === undefined ? undefined : { cause: parts.cause });
    this.name = 'HoplabError';
    this.code = parts.code;
    this.hint = parts.hint;
  }
}

/** The first line of any thrown value, for a result that must carry a reason. */
export function reasonOf(error: unknown): string {
  if (error instanceof HoplabError) return error.message;
  return error instanceof Error ? error.message : String(error);
}
