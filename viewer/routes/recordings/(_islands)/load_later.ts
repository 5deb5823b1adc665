/**
 * Fetches the parts of the screen that the first page does without: in an idle moment after it, or when one
 * of them is wanted before.
 *
 * @module
 */

import { useEffect } from "preact/hooks";
import { whenIdle } from "./when_idle.ts";

/** The parts by their names. */
export type LaterParts = typeof import("./later.ts");

/** However busy the page is, they are fetched so long after it, ms: a key must not wait for them. */
const FETCH_WITHIN_MS = 3000;

let asked: Promise<LaterParts> | undefined;
let here: LaterParts | undefined;

/** The parts, fetched once; after a failure the next call asks again. */
export function loadLater(): Promise<LaterParts> {
  asked ??= import("./later.ts").then(
    (parts) => here = parts,
    (cause) => {
      asked = undefined;
      throw new Error("the rest of the viewer could not be fetched", { cause });
    },
  );
  return asked;
}

/** The parts, where they have been fetched already. */
export function laterParts(): LaterParts | undefined {
  return here;
}

/**
 * Fetches the parts in an idle moment.
 *
 * @param isShown The first page is on screen.
 */
export function useLater(isShown: boolean): void {
  useEffect(() => {
    if (!isShown) return;
    // What wants a part says that it is not there, and asks again.
    return whenIdle(() => void loadLater().catch(() => {}), FETCH_WITHIN_MS);
  }, [isShown]);
}
