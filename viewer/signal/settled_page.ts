/**
 * Whether a page can still change.
 *
 * A stored chunk never changes, so a page is what it is once every chunk that it was worked out from is
 * there: its own, and those that filters and derivations look at around it. Nothing that is yet to come
 * may reach into that stretch: no hole in it, no end of a stream, no live edge that changes the view.
 *
 * @module
 */

import type { ChunkStore } from "./chunk_store.ts";
import { holesOfPage } from "./holes.ts";
import { keysOfSlice, type StreamSlice } from "./plan_page.ts";
import type { RecordingModel } from "./recording_model.ts";

/** What a page was worked out from. */
export interface SettledOptions {
  readonly start: number;
  readonly seconds: number;
  readonly model: RecordingModel;
  readonly revision: number;
}

/** @param wide The slices of the page, as wide as its view needs them. */
export function isSettledPage(
  wide: readonly StreamSlice[],
  store: Pick<ChunkStore, "state">,
  { start, seconds, model, revision }: SettledOptions,
): boolean {
  if (wide.length === 0) return false;
  if (holesOfPage(model, { start, seconds, end: model.endSeconds }).length > 0) return false;
  return wide.every((slice) => {
    // More may be wanted than the stream has by now.
    if (slice.samples.end >= slice.endSample) return false;
    for (const key of keysOfSlice(slice)) {
      if (store.state(key, revision) !== "present") return false;
    }
    return true;
  });
}
