// SPDX-License-Identifier: GPL-2.0-only
/** The type of what a schema parses: so that a shape is written once, in the schema. */
import type { z } from 'zod';

/** What a schema gives, to be read alone. */
export type Shape<S extends z.ZodType> = DeepReadonly<z.infer<S>>;

type DeepReadonly<T> = T extends object ? { readonly [K in keyof T]: DeepReadonly<T[K]> } : T;
