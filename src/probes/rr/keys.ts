// SPDX-License-Identifier: GPL-2.0-only
/** The keys of request and response in the lab file. */
import { z } from 'zod';
import { sizeSchema } from '../../schema/quantity-schema.ts';
import type { ProbeKeys } from '../probe.ts';

/** A UDP payload holds no more. */
const MAX_MESSAGE_BYTES = 65_507;
const MESSAGE = { low: 1, high: MAX_MESSAGE_BYTES, text: `between 1 and ${MAX_MESSAGE_BYTES} bytes` };

const values = z.object({ request: z.number(), response: z.number() });

export const exchangeKeys: ProbeKeys = {
  shape: {
    request: sizeSchema(MESSAGE).prefault(1).describe('Size of a request in bytes: 1, 64, 16k.'),
    response: sizeSchema(MESSAGE).prefault(1).describe('Size of a response in bytes.'),
  },
  sends(file) {
    const { request, response } = values.parse(file);
    return {
      sent: { requestBytes: request, responseBytes: response },
      word: request === 1 && response === 1 ? null : `${request}x${response}`,
    };
  },
};
