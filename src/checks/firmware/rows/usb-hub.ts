// SPDX-License-Identifier: GPL-2.0-only
/** A stick at a port, and one behind a hub at another: xHCI, since the hub is of full speed. */
import { usbRow } from '../usb-row.ts';

export const usbHub = usbRow({
  id: 'usb-hub',
  title: 'a stick behind a hub beside one that is not (xHCI)',
  usb: { controller: 'xhci', hubs: ['2'] },
  sticks: [
    { id: 'stick', bus: 'usb', port: '1', loader: 'whole' },
    { id: 'behind', bus: 'usb', port: '2.1', loader: 'whole' },
  ],
});
