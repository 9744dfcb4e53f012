// SPDX-License-Identifier: GPL-2.0-only
/** All commands, in the order of `hoplab --help`: one line here and one file in commands/. */
import type { CommandEntry, CommandModule } from './command.ts';
import { LAB_USAGE } from './lab-usage.ts';

const entry = (name: string, usage: string, summary: string, load: () => Promise<CommandModule>): CommandEntry => ({
  name,
  usage,
  summary,
  load,
});

export const COMMANDS: readonly CommandEntry[] = [
  entry(
    'run',
    LAB_USAGE,
    'measure every backend, or the paths of a lab file, side by side',
    async () => (await import('./commands/run.ts')).command,
  ),
  entry(
    'plan',
    LAB_USAGE,
    'print what run would do, command by command, and do nothing',
    async () => (await import('./commands/plan.ts')).command,
  ),
  entry(
    'diagnose',
    LAB_USAGE,
    'say why a path fails, and what cures it',
    async () => (await import('./commands/diagnose.ts')).command,
  ),
  entry(
    'trace',
    LAB_USAGE,
    'break the latency down, hop by hop, and say what tracing costs',
    async () => (await import('./commands/trace.ts')).command,
  ),
  entry(
    'check',
    '[CHECK SUBJECT...]',
    'say what builds of a firmware can do, row by row, and what differs between them',
    async () => (await import('./commands/check.ts')).command,
  ),
  entry(
    'report',
    '[RUN...]',
    'show a run, a trace or a diagnosis from its folder, as text, HTML, CSV and more',
    async () => (await import('./commands/report.ts')).command,
  ),
  entry(
    'compare',
    '[RUN...]',
    'say whether runs, or paths of runs, differ, and how sure that is',
    async () => (await import('./commands/compare.ts')).command,
  ),
  entry(
    'trend',
    '[PATH]',
    "show a path's latency over many runs, and where it changed",
    async () => (await import('./commands/trend.ts')).command,
  ),
  entry(
    'weekly',
    '',
    "write the status report of a week, from last week's mail and the runs",
    async () => (await import('./commands/weekly.ts')).command,
  ),
  entry('runs', '', 'list the runs, or remove some', async () => (await import('./commands/runs.ts')).command),
  entry(
    'serve',
    '',
    'show the runs in a browser: list, reports, live runs, comparisons',
    async () => (await import('./commands/serve.ts')).command,
  ),
  entry(
    'doctor',
    '',
    'tell what this machine can do, and what would change it',
    async () => (await import('./commands/doctor.ts')).command,
  ),
  entry(
    'bridge',
    '',
    'join devices to a learning bridge in eBPF, without a lab',
    async () => (await import('./commands/bridge.ts')).command,
  ),
  entry(
    'nic',
    '[NIC]',
    'list the NICs, and say which of them a guest could be given',
    async () => (await import('./commands/nic.ts')).command,
  ),
  entry('init', '[FILE]', 'write a commented lab file', async () => (await import('./commands/init.ts')).command),
  entry(
    'setup',
    '',
    'install packages, build the native parts, fetch the guest kernel',
    async () => (await import('./commands/setup.ts')).command,
  ),
  entry('gc', '', 'remove what dead labs left behind', async () => (await import('./commands/gc.ts')).command),
  entry(
    'shell',
    `[TARGET] ${LAB_USAGE}`,
    'open a lab and a shell in host1, host2 or the guest',
    async () => (await import('./commands/shell.ts')).command,
  ),
  entry(
    'completion',
    'SHELL',
    'print the completion script for bash, zsh or fish',
    async () => (await import('./commands/completion.ts')).command,
  ),
];
