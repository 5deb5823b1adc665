/**
 * Fetches the parts of the screen that the first page does without: in an idle moment after it, or when one
 * of them is wanted before.
 *
 * @module
 */

import { useEffect, useState } from "preact/hooks";
import { whenIdle } from "./when_idle.ts";

/** The parts by their names. */
export type LaterParts = typeof import("../../../later.ts");

/** However busy the page is, they are fetched so long after it, ms: a key must not wait for them. */
const FETCH_WITHIN_MS = 3000;

let asked: Promise<LaterParts> | undefined;
let here: LaterParts | undefined;
let failures = 0;
const awaiting = new Set<(parts: LaterParts) => void>();

/** The parts, fetched once; after a failure the next call asks again. */
export function loadLater(): Promise<LaterParts> {
  return asked ??= fetchLater().then(
    (parts) => {
      here = parts;
      for (const tell of awaiting) tell(parts);
      return parts;
    },
    (cause) => {
      asked = undefined;
      failures++;
      throw new Error("the rest of the viewer could not be fetched", { cause });
    },
  );
}

/** Beside this script once it is bundled; not written into it, so that it can be asked for again. */
function fetchLater(): Promise<LaterParts> {
  const address = new URL("./later.js", import.meta.url);
  // A browser never fetches a module again under an address that has failed once.
  if (failures > 0) address.search = `again=${failures}`;
  return import(address.href);
}

/** The parts as soon as they are here, whoever asked for them; asks for nothing itself. */
export function useLaterParts(): LaterParts | undefined {
  const [parts, setParts] = useState(here);
  useEffect(() => {
    // They may have come since this was rendered.
    if (here !== undefined) return setParts(here);
    awaiting.add(setParts);
    return () => {
      awaiting.delete(setParts);
    };
  }, []);
  return parts;
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
