// SPDX-License-Identifier: GPL-2.0-only
/** What hoplab-bridge says of itself once it runs: how every port is attached, and what the user should know. */
import { z } from 'zod';

const statusSchema = z.object({
  notes: z.array(z.object({ port: z.string(), text: z.string() })),
});

/** The notes of a reply to `show`, with their ports: "w-ebpf: goes by tc: ...". */
export function notesOf(reply: string): string[] {
  const { notes } = statusSchema.parse(JSON.parse(reply));
  return notes.map(({ port, text }) => (port === '' ? text : `${port}: ${text}`));
}
