// SPDX-License-Identifier: GPL-2.0-only
/** The keys of request and response in the lab file. */
import { sizeSchema } from '../../schema/quantity-schema.ts';

/** A UDP payload holds no more. */
const MAX_MESSAGE_BYTES = 65_507;
const MESSAGE = { low: 1, high: MAX_MESSAGE_BYTES, text: `between 1 and ${MAX_MESSAGE_BYTES} bytes` };

export const exchangeKeys = {
  request: sizeSchema(MESSAGE).prefault(1).describe('Size of a request in bytes: 1, 64, 16k.'),
  response: sizeSchema(MESSAGE).prefault(1).describe('Size of a response in bytes.'),
};
