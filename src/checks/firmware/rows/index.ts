// SPDX-License-Identifier: GPL-2.0-only
/** Every row of the firmware's check, in the order in which they are asked and shown. */
import { MEDIUM_BUSES } from '../../../vmms/firmware-machine.ts';
import type { FirmwareRow } from '../row.ts';
import { bootNext } from './boot-next.ts';
import { bootOrder } from './boot-order.ts';
import { bootmenu } from './bootmenu.ts';
import { cutLoader, garbageLoader } from './damaged-loader.ts';
import { dhcp } from './dhcp.ts';
import { driverModel } from './driver-model.ts';
import { eficonfig } from './eficonfig.ts';
import { entriesKept } from './entries-kept.ts';
import { entryFails } from './entry-fails.ts';
import { handlesGo } from './handles-go.ts';
import { mediaOrder } from './media-order.ts';
import { missingLoader } from './missing-loader.ts';
import { ping } from './ping.ts';
import { prompt } from './prompt.ts';
import { removable } from './removable.ts';
import { reservedRange } from './reserved-range.ts';
import { selfTest } from './self-test.ts';
import { tftp } from './tftp.ts';
import { unattended } from './unattended.ts';
import { usbHub } from './usb-hub.ts';
import { usbSticks } from './usb-sticks.ts';
import { usbTwins } from './usb-twins.ts';
import { variables } from './variables.ts';

/** The first is asked of every build: what does not come to its prompt can be asked nothing else. */
export const firmwareRows: readonly FirmwareRow[] = [
  ...[prompt, unattended],
  ...[driverModel, handlesGo],
  ...MEDIUM_BUSES.map(removable),
  ...[missingLoader, garbageLoader, cutLoader, mediaOrder],
  ...[bootOrder, bootNext, entryFails, entriesKept, eficonfig, bootmenu],
  ...[usbSticks, usbTwins, usbHub],
  ...[dhcp, tftp, ping],
  ...[reservedRange, variables, selfTest],
];
