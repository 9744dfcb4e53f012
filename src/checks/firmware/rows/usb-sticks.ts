// SPDX-License-Identifier: GPL-2.0-only
/** Three sticks at three ports of one controller. */
import { usbRow } from '../usb-row.ts';

export const usbSticks = usbRow({
  id: 'usb-sticks',
  title: 'three sticks: a handle and a path of its own each',
  usb: { controller: 'ehci', hubs: [] },
  sticks: ['1', '2', '3'].map((port) => ({ id: `stick${port}`, bus: 'usb', port, loader: 'whole' })),
});
