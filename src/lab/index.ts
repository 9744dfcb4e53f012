// SPDX-License-Identifier: GPL-2.0-only
/** What the command line calls. */
export { recordCheck } from './check.ts';
export { diagnoseLab } from './diagnose.ts';
export { explainTrace } from './explain.ts';
export { runLab } from './run.ts';
export { openShell } from './shell.ts';
export { traceLab } from './trace.ts';
