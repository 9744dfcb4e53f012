// SPDX-License-Identifier: GPL-2.0-only
/** A value of a stranger's file, in a few characters of a message. */
const MOST_SHOWN = 60;

/** As JSON, so that no character of it is obeyed. */
export function show(input: unknown): string {
  return clipped(
    typeof input === 'string' ? JSON.stringify(input.slice(0, 2 * MOST_SHOWN)) : (JSON.stringify(input) ?? 'nothing'),
  );
}

export function clipped(text: string): string {
  return text.length > MOST_SHOWN ? `${text.slice(0, MOST_SHOWN - 3)}...` : text;
}
