// SPDX-License-Identifier: GPL-2.0-only
/** A firmware under QEMU: no kernel, its console as a socket, its media on the buses that it is asked about. */
import type { FirmwareHost, FirmwareMedium, FirmwarePlan } from '../firmware-machine.ts';
import { archTraits } from './arch.ts';

const CONSOLE_FD = 3;
const MEMORY_MIB = 512;

export const qemuFirmware: FirmwareHost = {
  requires: [archTraits('aarch64').program],
  // Each of the two flash devices of the virt machine (hw/arm/virt.c).
  flashBytes: 64 << 20,

  argv(plan) {
    const traits = archTraits(plan.arch);
    return [
      traits.program.name,
      ...['-name', `hoplab-${plan.name}`],
      ...['-nodefaults', '-no-user-config', '-display', 'none'],
      ...['-machine', traits.machine, '-accel', 'tcg', '-cpu', traits.cpu('tcg')],
      ...['-smp', '1', '-m', String(MEMORY_MIB)],
      ...['-bios', plan.firmware],
      ...['-chardev', `socket,id=console,fd=${CONSOLE_FD}`, '-serial', 'chardev:console'],
      // UEFI has a protocol for random numbers where there is a device for them.
      ...['-device', 'virtio-rng-pci,romfile='],
      ...usbArgv(plan),
      ...plan.media.flatMap(mediumArgv),
      ...(plan.tftp === null ? [] : networkArgv(plan.tftp)),
    ];
  },
};

function usbArgv({ usb, media }: FirmwarePlan): string[] {
  if (!media.some(({ bus }) => bus === 'usb')) return [];
  const controller = usb.controller === 'ehci' ? 'usb-ehci' : 'qemu-xhci';
  return [
    ...['-device', `${controller},id=usb`],
    ...usb.hubs.flatMap((port) => ['-device', `usb-hub,bus=usb.0,port=${port}`]),
  ];
}

/** JSON: an image's path may have commas. */
function mediumArgv({ id, image, bus, port, serial = id }: FirmwareMedium): string[] {
  const drive = { driver: 'raw', 'node-name': id, file: { driver: 'file', filename: image } };
  return ['-blockdev', JSON.stringify(drive), ...deviceArgv({ id, bus, port, serial })];
}

function deviceArgv({
  id,
  bus,
  port,
  serial,
}: Pick<FirmwareMedium, 'id' | 'bus'> & { readonly port: string | undefined; readonly serial: string }): string[] {
  switch (bus) {
    case 'usb':
      return [
        '-device',
        JSON.stringify({
          driver: 'usb-storage',
          drive: id,
          bus: 'usb.0',
          serial,
          ...(port === undefined ? {} : { port }),
        }),
      ];
    case 'virtio':
      return ['-device', JSON.stringify({ driver: 'virtio-blk-pci', drive: id, romfile: '' })];
    case 'nvme':
      return ['-device', JSON.stringify({ driver: 'nvme', drive: id, serial })];
    case 'sd':
      return [
        '-device',
        JSON.stringify({ driver: 'sdhci-pci', id: `${id}-host` }),
        '-device',
        JSON.stringify({ driver: 'sd-card', drive: id }),
      ];
    default:
      return bus satisfies never;
  }
}

/** A network of its own: nothing of it reaches this machine's. */
function networkArgv(tftp: string): string[] {
  const netdev = { type: 'user', id: 'net', restrict: true, ipv6: false, tftp };
  return [
    '-netdev',
    JSON.stringify(netdev),
    '-device',
    JSON.stringify({ driver: 'virtio-net-pci', netdev: 'net', romfile: '' }),
  ];
}
