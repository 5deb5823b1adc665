/**
 * Uninterrupted samples of a stream to the rows of a page: calibrated, derived, filtered, cut to the page.
 *
 * Nothing bridges a hole, and nothing is derived from a channel that says nothing: where a channel on a
 * row's path is stuck or has no number, the row is blank there and the reason is told. Filters start
 * anew after it.
 *
 * @module
 */

import { gainAndOffset, toPhysical } from "@wavekeep/core/calibration";
import {
  derive,
  filterBlocks,
  type FilterDesign,
  filterRange,
  stuckRuns,
} from "@wavekeep/core/signal";
import { rateHz, type SampleRange, type SampleRate } from "@wavekeep/core/time";
import type { StoredChunk } from "./chunk_store.ts";
import type { StreamRow } from "./montage_model.ts";
import type { ChannelModel } from "./recording_model.ts";

/** Uninterrupted chunks of a stream. */
export interface Stretch {
  readonly firstSample: number;
  readonly chunks: StoredChunk[];
  endSample: number;
}

/** What to make of a stretch. */
export interface RowPlan {
  readonly rate: SampleRate;
  readonly channels: readonly ChannelModel[];
  /** Null: as recorded. Applied to voltages only. */
  readonly design: FilterDesign | null;
  /** Tells whether a row is a voltage. */
  readonly isVoltage: (row: number) => boolean;
  /** Name of a channel of the stream, for reasons. */
  readonly nameOf: (channel: number) => string;
  /** Samples that are there to work with; they reach beyond what is shown. */
  readonly wide: SampleRange;
  /** Samples to return. */
  readonly shown: SampleRange;
  /** Sample after the last of the stream. */
  readonly endSample: number;
}

/** Samples of a row without an interruption. */
export interface RowRun {
  readonly first: number;
  readonly values: Float32Array;
}

/** Samples of a row that need a word. */
export interface RowNote {
  readonly kind: "settling" | "unassessable";
  readonly samples: SampleRange;
  readonly text: string;
}

/** Derives one row from one stretch. Channels that were read once are kept in `cache`. */
export function deriveRow(
  stretch: Stretch,
  { row, terms, isDerived }: StreamRow,
  plan: RowPlan,
  cache: ChannelCache,
): { runs: RowRun[]; notes: RowNote[] } {
  const design = plan.design !== null && plan.design.sections.length > 0 && plan.isVoltage(row)
    ? plan.design
    : undefined;
  const isPlain = !isDerived && design === undefined;
  const span = intersect(
    { start: stretch.firstSample, end: stretch.endSample },
    isPlain ? plan.shown : plan.wide,
  );
  if (span === undefined) return { runs: [], notes: [] };
  const channels: ArrayLike<number>[] = [];
  for (const { channel } of terms) channels[channel] = cache.physical(stretch, channel, span);
  const values = isDerived
    ? derive(channels, terms)
    : new Float64Array(channels[terms[0]!.channel]!);
  const stuck = isDerived
    ? terms.flatMap(({ channel }) =>
      cache.stuck(stretch, channel, span).map((samples) => ({ channel, samples }))
    )
    : [];
  for (const { samples } of stuck) {
    values.fill(NaN, samples.start - span.start, samples.end - span.start);
  }
  const runs: RowRun[] = [];
  const notes: RowNote[] = stuck.flatMap(({ channel, samples }) =>
    noteOf("unassessable", samples, plan.shown, `${plan.nameOf(channel)} is flat or at its rail`)
  );
  for (const part of finiteParts(values, span.start)) {
    const wanted = intersect(part, plan.shown);
    if (wanted === undefined) continue;
    if (design === undefined) {
      const from = wanted.start - span.start;
      runs.push({
        first: wanted.start,
        values: new Float32Array(values.subarray(from, wanted.end - span.start)),
      });
      continue;
    }
    const samples = values.subarray(part.start - span.start, part.end - span.start);
    const { rate } = plan;
    const filtered = filterRange(samples, design, { first: part.start, wanted, rate });
    runs.push({ first: wanted.start, values: new Float32Array(filtered) });
    notes.push(...settlingOf(part, design, plan));
  }
  return { runs, notes };
}

/** Where filters have just started; backwards, too, where they run backwards. */
function settlingOf(part: SampleRange, design: FilterDesign, plan: RowPlan): RowNote[] {
  const count = Math.ceil(filterBlocks(design).settlingSeconds * rateHz(plan.rate));
  const text = "Filter settling";
  // A part that begins where the samples at hand begin has begun earlier, and settled since.
  const isStart = part.start > plan.wide.start || part.start === 0;
  const isEnd = design.phase === "zero-phase" &&
    (part.end < plan.wide.end || part.end === plan.endSample);
  const { start, end } = part;
  return [
    ...(isStart ? noteOf("settling", { start, end: start + count }, plan.shown, text) : []),
    ...(isEnd ? noteOf("settling", { start: end - count, end }, plan.shown, text) : []),
  ].flatMap((note) => {
    const samples = intersect(note.samples, part);
    return samples === undefined ? [] : [{ ...note, samples }];
  });
}

function noteOf(
  kind: RowNote["kind"],
  samples: SampleRange,
  shown: SampleRange,
  text: string,
): RowNote[] {
  const visible = intersect(samples, shown);
  return visible === undefined ? [] : [{ kind, samples: visible, text }];
}

/** Physical values and stuck runs of channels: each is read once, however many rows want it. */
export class ChannelCache {
  readonly #channels: readonly ChannelModel[];
  readonly #rateHz: number;
  readonly #values = new Map<string, Float64Array>();
  readonly #stuck = new Map<string, SampleRange[]>();

  constructor(plan: Pick<RowPlan, "channels" | "rate">) {
    this.#channels = plan.channels;
    this.#rateHz = rateHz(plan.rate);
  }

  /** Physical values; digital ones where the calibration gives none, as the row's scale then says. */
  physical(stretch: Stretch, channel: number, span: SampleRange): Float64Array {
    return remember(this.#values, keyOf(stretch, channel, span), () => {
      const { calibration } = this.#channels[channel]!;
      const values = digitalOf(stretch, channel, span);
      return calibration === null || gainAndOffset(calibration) === undefined
        ? values
        : toPhysical(values, calibration);
    });
  }

  /** Where the channel says nothing. */
  stuck(stretch: Stretch, channel: number, span: SampleRange): SampleRange[] {
    return remember(this.#stuck, keyOf(stretch, channel, span), () => {
      const limits = this.#channels[channel]!.calibration;
      return stuckRuns(digitalOf(stretch, channel, span), { rateHz: this.#rateHz, limits })
        .map(({ start, end }) => ({ start: span.start + start, end: span.start + end }));
    });
  }
}

function digitalOf(stretch: Stretch, channel: number, span: SampleRange): Float64Array {
  const values = new Float64Array(span.end - span.start);
  for (const chunk of stretch.chunks) {
    const from = Math.max(span.start, chunk.firstSample);
    const to = Math.min(span.end, chunk.firstSample + chunk.sampleCount);
    if (from >= to) continue;
    const at = channel * chunk.sampleCount - chunk.firstSample;
    values.set(chunk.samples.subarray(at + from, at + to), from - span.start);
  }
  return values;
}

function keyOf(stretch: Stretch, channel: number, { start, end }: SampleRange): string {
  return `${stretch.firstSample}/${channel}/${start}/${end}`;
}

function remember<T>(map: Map<string, T>, key: string, make: () => T): T {
  let value = map.get(key);
  if (value === undefined) map.set(key, value = make());
  return value;
}

function intersect(a: SampleRange, b: SampleRange): SampleRange | undefined {
  const start = Math.max(a.start, b.start);
  const end = Math.min(a.end, b.end);
  return start < end ? { start, end } : undefined;
}

/** The parts without a NaN, as sample indexes. */
function finiteParts(values: Float64Array, first: number): SampleRange[] {
  const parts: SampleRange[] = [];
  for (let i = 0; i < values.length;) {
    if (!Number.isFinite(values[i])) {
      i++;
      continue;
    }
    const start = i;
    while (i < values.length && Number.isFinite(values[i])) i++;
    parts.push({ start: first + start, end: first + i });
  }
  return parts;
}
