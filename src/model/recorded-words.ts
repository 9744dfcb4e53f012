// SPDX-License-Identifier: GPL-2.0-only
/** Words of one VMM that files, metrics and options have had since before there was a second: no reader may lose them. */

/** Names the VMM, whichever it is: in results, in metrics, and for `compare --allow`. */
export const VMM_KEY = 'qemu';

/** In plan.json: what the VMM was told of an attachment, in its own words. */
export const ATTACHMENT_KEY = 'netdev';
