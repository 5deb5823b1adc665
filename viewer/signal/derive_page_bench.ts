/**
 * What a montage and filters cost a page whose chunks are there: assembling it in the worker.
 *
 * @module
 */

import { parseChannelLabel } from "@wavekeep/core/signal";
import { assemblePage, widenSlices } from "./assemble_page.ts";
import { ChunkStore } from "./chunk_store.ts";
import { FILTERS_DEFAULT, MONTAGE_DEFAULT, type PageView, RECORDED_VIEW } from "./page_view.ts";
import { exactWindow, keysOfSlice, slicesOfPage } from "./plan_page.ts";
import type { RecordingModel, RowModel } from "./recording_model.ts";

const CHB_MIT =
  ("FP1-F7 F7-T7 T7-P7 P7-O1 FP1-F3 F3-C3 C3-P3 P3-O1 FP2-F4 F4-C4 C4-P4 P4-O2 FP2-F8 " +
    "F8-T8 T8-P8 P8-O2 FZ-CZ CZ-PZ P7-T7 T7-FT9 FT9-FT10 FT10-T8 T8-P8").split(" ");
/** 128 referential channels; those with a name of the 10-10 system take part in montages. */
const HIGH_DENSITY = Array.from({ length: 128 }, (_, i) => {
  const row = ["F", "C", "P", "FC", "CP", "AF", "PO", "O"][i % 8]!;
  return `${row}${["z", 1, 2, 3, 4, 5, 6, 7, 8][Math.floor(i / 8) % 9]}-Ref`;
});

const calibration = {
  digitalMin: -2048,
  digitalMax: 2047,
  physicalMin: "-800",
  physicalMax: "800",
};

function recording(labels: readonly string[], rate: number): RecordingModel {
  const rows = labels.map((label, i): RowModel => ({
    name: `${label}#${i}`,
    label,
    type: parseChannelLabel(label).type,
    unit: "uV",
    side: "other",
    microvoltsPerUnit: 1,
    range: null,
    isPhysical: true,
  }));
  const channels = rows.map((_, row) => ({ row, calibration }));
  const stream = {
    stream: 0,
    rate: { samples: String(rate), seconds: "1" },
    endSample: 600 * rate,
    channels,
  };
  const segment = { id: "a", number: 0, start: "0", end: 600, clock: "", streams: [stream] };
  return {
    rows,
    segments: [segment],
    status: "closed",
    endSeconds: 600,
  } as unknown as RecordingModel;
}

const VIEWS: [string, PageView][] = [
  ["as recorded", RECORDED_VIEW],
  ["0.5–70 Hz", { ...RECORDED_VIEW, filters: FILTERS_DEFAULT }],
  ["average, 0.5–70 Hz, notch", {
    montage: { ...MONTAGE_DEFAULT, kind: "average" },
    filters: { ...FILTERS_DEFAULT, notchHz: 50 },
  }],
  ["average, 0.1–70 Hz, zero-phase", {
    montage: { ...MONTAGE_DEFAULT, kind: "average" },
    filters: { ...FILTERS_DEFAULT, lowHz: 0.1, phase: "zero-phase" },
  }],
];

for (
  const [size, labels, rate] of [["23 × 256 Hz", CHB_MIT, 256], [
    "128 × 512 Hz",
    HIGH_DENSITY,
    512,
  ]] as const
) {
  const model = recording(labels, rate);
  const page = { start: 300.3, seconds: 10, revision: 1, model };
  const slices = slicesOfPage(model, exactWindow(page.start, page.seconds));
  for (const [name, view] of VIEWS) {
    const store = new ChunkStore({ bytesMax: 1e9 });
    for (const slice of widenSlices(slices, model, view)) {
      for (const key of keysOfSlice(slice)) {
        const firstSample = key.sequence * rate;
        const samples = Int32Array.from(
          { length: rate * labels.length },
          (_, i) => (i * 7919 + firstSample) % 997,
        );
        store.put(key, { kind: "int32", firstSample, sampleCount: rate, samples });
      }
    }
    Deno.bench({
      name: `${size}, 10 s: ${name}`,
      group: size,
      baseline: name === "as recorded",
      fn: () => {
        assemblePage(slices, store, { ...page, view });
      },
    });
  }
}
