/**
 * Times as the tables of people have them: `timestamptz`, written and read as milliseconds since 1970.
 *
 * @module
 */

/** For a parameter. */
export function instant(ms: number): string {
  return new Date(ms).toISOString();
}

/** Selects a column as milliseconds. */
export function msOf(column: string): string {
  return `(extract(epoch from ${column}) * 1000)::float8`;
}
