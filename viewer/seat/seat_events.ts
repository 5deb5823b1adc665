/**
 * What pages and their lock tell each other, as events of the document: neither imports the other.
 *
 * @module
 */

const REFUSED = "wavekeep:refused";
const RESUMED = "wavekeep:resumed";

/** A part of the page was answered that nobody is signed in. */
export function tellRefused(): void {
  document.dispatchEvent(new Event(REFUSED));
}

/** The seat is open again after it was locked or ended: what was refused meanwhile can be asked again. */
export function tellResumed(): void {
  document.dispatchEvent(new Event(RESUMED));
}

/** Calls `listener` when a part of the page was refused; returns the end of it. */
export function onRefused(listener: () => void): () => void {
  document.addEventListener(REFUSED, listener);
  return () => document.removeEventListener(REFUSED, listener);
}

/** Calls `listener` when the seat is open again; returns the end of it. */
export function onResumed(listener: () => void): () => void {
  document.addEventListener(RESUMED, listener);
  return () => document.removeEventListener(RESUMED, listener);
}
