// SPDX-License-Identifier: GPL-2.0-only
/** Whether every block device and partition of the driver model has its EFI handle. */
import type { ConsoleLine } from '../../../guest/firmware/console-line.ts';
import { efiReports } from '../efi-report.ts';
import { consoleEvidence, type FirmwareRow, startApplication } from '../row.ts';

const devices = (lines: readonly ConsoleLine[], kind: string): ConsoleLine[] =>
  lines.filter(({ text }) => new RegExp(`^ ${kind} +[0-9]+ `).test(text));

export const driverModel: FirmwareRow = {
  id: 'driver-model',
  title: 'every disk and partition of the driver model has an EFI handle',
  group: 'driver model',
  media: [
    { id: 'disk', bus: 'virtio', loader: 'whole' },
    { id: 'stick', bus: 'usb', loader: 'whole' },
    { id: 'nvme', bus: 'nvme', loader: 'whole' },
  ],
  steps: [
    { kind: 'command', name: 'usb', line: 'usb start', deadlineMs: 20_000 },
    { kind: 'command', name: 'nvme', line: 'nvme scan' },
    ...startApplication('virtio 0:1', 'handles'),
    { kind: 'command', name: 'tree', line: 'dm tree' },
  ],
  judge(seen) {
    const [tree, handles] = [seen.answer('tree').lines, seen.answer('handles').lines];
    const [disks, partitions] = [devices(tree, 'blk'), devices(tree, 'partition')];
    const [report] = efiReports(handles);
    const efiDisks = report?.blocks.filter(({ kind }) => kind === 'disk') ?? [];
    const efiPartitions = report?.blocks.filter(({ kind }) => kind === 'partition') ?? [];
    const words = `the driver model has ${disks.length} disks and ${partitions.length} partitions, UEFI has ${efiDisks.length} and ${efiPartitions.length}`;
    const evidence = [
      ...consoleEvidence([...disks, ...partitions]),
      ...consoleEvidence(report?.blocks.map(({ line }) => line) ?? []),
    ];
    if (disks.length !== efiDisks.length) return { outcome: 'no', words, evidence };
    if (partitions.length === efiPartitions.length) return { outcome: 'yes', words, evidence };
    const why = partitions.length === 0 ? ': partitions are no devices in this build' : '';
    return { outcome: 'partly', words: words + why, evidence };
  },
};
