// SPDX-License-Identifier: GPL-2.0-only
/** The same stick twice: serial number, partition table and files are equal, the ports are not. */
import { usbRow } from '../usb-row.ts';

export const usbTwins = usbRow({
  id: 'usb-twins',
  title: 'the same stick twice: still two handles and two paths',
  usb: { controller: 'ehci', hubs: [] },
  sticks: ['1', '2'].map((port) => ({
    id: `twin${port}`,
    bus: 'usb',
    port,
    serial: 'twin',
    signature: 7,
    loader: 'whole',
  })),
});
