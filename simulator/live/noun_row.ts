/**
 * A row of a noun, as its leaf would say it.
 *
 * @module
 */

import { formatHex } from "@wavekeep/core/bytes";

/** A row as its leaf would say it. */
export interface NounRow {
  /** Name within its type, as in {@link nameOf}. */
  readonly name: string;
  readonly contentDigest: Uint8Array;
  readonly storedDigest: Uint8Array;
  /** Null where the row has no moment, or another one. */
  readonly receivedAtMicros: bigint | null;
}

/** Columns as the statement of a noun names them. */
export type Columns = Record<string, never> & {
  id: Uint8Array;
  number: number;
  content: Uint8Array;
  at: string | null;
  /** Null for what belongs to no recording. */
  recording: string | null;
};

/** How a noun is read. */
export interface NounReader {
  readonly sql: string;
  /** @param key Data key of the recording; undefined when it was destroyed, or the noun is of none. */
  readonly row: (columns: Columns, key: Uint8Array | undefined) => NounRow;
}

/** µs since 1970 of a column, as text. */
export const micros = (column: string) => `(extract(epoch from ${column}) * 1000000)::bigint::text`;

export function nameOf({ id, number }: { id: Uint8Array; number: number }): string {
  return `${formatHex(id)}/${number}`;
}

export const utf8 = (value: string) => new TextEncoder().encode(value);
