/**
 * What lies under the pointer, in words: row, time, value of the nearest sample.
 *
 * @module
 */

import type { PageFrame } from "../overlay.ts";
import { momentText, unitOf, valueText } from "./calipers.ts";
import { sampleAt } from "./samples_at.ts";

/** `Fp1-F7 · 13:43:05.250 · −23.4 µV`; the value is the sample's, wherever on the row the pointer is. */
export function pointerText(
  { model, page, shownRows }: PageFrame,
  place: { readonly seconds: number; readonly slot: number },
): string {
  const row = shownRows[place.slot];
  const rowModel = row === undefined ? undefined : model.rows[row];
  if (row === undefined || rowModel === undefined) return "";
  const hit = sampleAt(page, row, place.seconds);
  const value = hit === undefined
    ? "no samples here"
    : valueText(hit.value * (rowModel.microvoltsPerUnit ?? 1), unitOf(rowModel));
  const moment = momentText(hit?.moment ?? place.seconds, model.startedAt);
  return `${rowModel.name} · ${moment} · ${value}`;
}
