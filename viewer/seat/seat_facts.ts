/**
 * Who sits here, as a page knows it.
 *
 * @module
 */

/** Who is signed in at this page, and how long it stays open by itself. */
export interface Seat {
  readonly personId: string;
  readonly name: string;
  readonly login: string;
  /** 0 is never. */
  readonly idleLockSeconds: number;
}

/** Reads the page's block; undefined where it has none. */
export function readSeat(document: Document): Seat | undefined {
  const text = document.getElementById("seat")?.textContent;
  return text === undefined || text === null ? undefined : JSON.parse(text) as Seat;
}
