// SPDX-License-Identifier: GPL-2.0-only
/** `npm run test:long`: everything, also what a short form of stays in `npm test`. */
export const LONG = process.env.HOPLAB_TEST_LONG !== undefined;
