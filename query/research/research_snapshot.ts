/**
 * A snapshot for a dataset, de-identified.
 *
 * @module
 */

import type { BidsView } from "../bids/write_bids.ts";
import type { BundleSnapshot } from "../bundle/bundle_snapshot.ts";
import { deidentified, deidentifiedMarks } from "./deidentify.ts";
import { researchDataset } from "./research_dataset.ts";
import type { SitePseudonyms } from "./site_pseudonyms.ts";

/** What a dataset is made of, as researchers may see it, and how. */
export function researchSnapshot(
  snapshot: BundleSnapshot,
  names: SitePseudonyms,
): { snapshot: Pick<BundleSnapshot, "recording" | "streams" | "marks">; view: BidsView } {
  const recording = deidentified(snapshot.recording, names);
  const { view } = recording;
  return {
    snapshot: {
      recording: view,
      streams: snapshot.streams.map(({ timeline }, index) => ({
        stream: view.streams[index]!,
        timeline,
      })),
      marks: deidentifiedMarks(snapshot.marks),
    },
    view: researchDataset(recording),
  };
}
