/**
 * The samples of a page as recorded, against plain arithmetic on the integers that are stored.
 *
 * The least that everything else stands on: each stored sample is at its place, once, with its value.
 *
 * @module
 */

import { addSeconds, secondsOfSample, subtractSeconds, toNumber } from "@wavekeep/core/time";
import type { ChunkStore } from "../chunk_store.ts";
import type { PageData, Run } from "../page_data.ts";
import { exactWindow, keysOfSlice, type StreamSlice } from "../plan_page.ts";
import type { ChannelModel, RecordingModel } from "../recording_model.ts";

/** What was found. */
export interface SampleCheck {
  readonly sampleCount: number;
  readonly differingCount: number;
}

/** A page is drawn from binary32: what it can be off by, as a share of the greater value. */
const SINGLE = 2 ** -22;

/** @param page Of the same window, as recorded, without filters. */
export function checkSamples(
  slices: readonly StreamSlice[],
  store: Pick<ChunkStore, "get">,
  { page, model }: { readonly page: PageData; readonly model: RecordingModel },
): SampleCheck {
  const { start } = exactWindow(page.start, page.seconds);
  const runsOf = new Map(page.rows.map(({ row, runs }) => [row, runs]));
  let sampleCount = 0, differingCount = 0;
  for (const slice of slices) {
    for (const key of keysOfSlice(slice)) {
      const chunk = store.get(key);
      if (chunk === undefined) continue;
      const { firstSample, sampleCount: count, samples } = chunk;
      const first = Math.max(firstSample, slice.samples.start);
      const end = Math.min(firstSample + count, slice.samples.end);
      if (first >= end) continue;
      const at = toNumber(subtractSeconds(
        addSeconds(slice.segmentStart, secondsOfSample(slice.rate, first)),
        start,
      ));
      slice.channels.forEach((channel, index) => {
        const valueOf = plainScale(channel, model);
        const place = placeIn(runsOf.get(channel.row) ?? [], at);
        for (let i = first; i < end; i++) {
          const wanted = valueOf(samples[index * count + i - firstSample]!);
          if (!Number.isFinite(wanted)) continue;
          const shown = place?.run.values[place.index + i - first] ?? NaN;
          sampleCount++;
          const slack = SINGLE * Math.max(1, Math.abs(wanted));
          if (!(Math.abs(shown - wanted) <= slack)) differingCount++;
        }
      });
    }
  }
  return { sampleCount, differingCount };
}

/** The straight line through both ends of the ranges, as the EDF specification has it. */
function plainScale({ row, calibration }: ChannelModel, model: RecordingModel) {
  if (calibration === null || !model.rows[row]!.isPhysical) return (digital: number) => digital;
  const { digitalMin, digitalMax } = calibration;
  const low = Number(calibration.physicalMin), high = Number(calibration.physicalMax);
  return (digital: number) =>
    low + (digital - digitalMin) * (high - low) / (digitalMax - digitalMin);
}

/** The run with a sample at a moment, and which one it is there. */
function placeIn(
  runs: readonly Run[],
  seconds: number,
): { readonly run: Run; readonly index: number } | undefined {
  for (const run of runs) {
    const index = Math.round((seconds - run.startSeconds) / run.secondsPerSample);
    if (index >= 0 && index < run.values.length) return { run, index };
  }
  return undefined;
}
