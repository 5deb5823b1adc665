/**
 * Layer 6. What ingest answered about an entry, as it is kept in its row.
 *
 * @module
 */
import { Problem } from "../problem/mod.ts";
import { Receipt } from "../wire/mod.ts";
import type { EntryRow } from "./tables.ts";

/** Of an entry that is stored; null where it has none, as a request. */
export function readReceipt({ answer }: Pick<EntryRow, "answer">): Receipt | null {
  return answer === null ? null : Receipt.parse(JSON.parse(answer));
}

/** Of an entry that is disputed. */
export function readProblem({ answer }: Pick<EntryRow, "answer">): Problem {
  return Problem.parse(JSON.parse(answer ?? "null"));
}
