/**
 * All rows of the matrix of who may do what, and samples of them.
 *
 * @module
 */

import { prng } from "../prng.ts";
import { badRows } from "./bad_rows.ts";
import { badKeyRows, keyRows } from "./key_rows.ts";
import { relayRows } from "./relay_rows.ts";
import { accountsRoleRows, roleRows, type Row } from "./rows.ts";
import { viewerRows } from "./viewer_rows.ts";

/** Every row there is. */
export function allRows(): Row[] {
  return [
    ...badRows(),
    ...badKeyRows(),
    ...accountsRoleRows(),
    ...roleRows(),
    ...keyRows(),
    ...viewerRows(),
    // Behind all others: a relay sends on what it holds.
    ...relayRows(),
  ];
}

/** Of each kind one row in `step`, drawn from a seed, and one at least. */
export function thinned(rows: readonly Row[], step: number, seed: number): Row[] {
  const random = prng(seed);
  const seen = new Set<string>();
  return rows.filter(({ kind }) => {
    const isFirst = !seen.has(kind);
    seen.add(kind);
    return random.below(step) === 0 || isFirst;
  });
}

/** One row of each kind, drawn from a seed. */
export function sampleOf(rows: readonly Row[], seed: number): Row[] {
  const random = prng(seed);
  return [...Map.groupBy(rows, ({ kind }) => kind).values()].map((kind) => random.pick(kind));
}
