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
  type DerivationTerm,
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
  /** The filters of a row of the montage; undefined where it is shown without. */
  readonly designOf: (row: number) => FilterDesign | undefined;
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

/** Derives one row from one stretch. */
export function deriveRow(
  stretch: StretchSamples,
  { row, terms, isDerived }: StreamRow,
  plan: RowPlan,
): { runs: RowRun[]; notes: RowNote[] } {
  const design = plan.designOf(row);
  const channels = isDerived || design !== undefined ? stretch.wide : stretch.shown;
  if (channels === undefined) return { runs: [], notes: [] };
  const { span } = channels;
  const stuck = isDerived
    ? terms.flatMap(({ channel }) =>
      channels.stuck(channel).map((samples) => ({ channel, samples }))
    )
    : [];
  // What is not derived is read here and never written to.
  const values = isDerived ? channels.derived(row, terms) : channels.physical(terms[0]!.channel);
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

/** The samples of a stretch, as far as rows need them. */
export class StretchSamples {
  /** With what filters and derivations look at; undefined where the stretch is not. */
  readonly wide: ChannelSamples | undefined;
  /** What the page shows. */
  readonly shown: ChannelSamples | undefined;

  constructor(stretch: Stretch, plan: RowPlan, common: CommonTerms | undefined) {
    const within = { start: stretch.firstSample, end: stretch.endSample };
    const [wide, shown] = [plan.wide, plan.shown].map((range) => {
      const span = intersect(within, range);
      return span && new ChannelSamples(stretch, span, plan, common);
    });
    this.wide = wide;
    this.shown = shown;
  }
}

/** Physical values and stuck runs of channels: each is read once, however many rows want it. */
class ChannelSamples {
  readonly span: SampleRange;
  readonly #stretch: Stretch;
  readonly #plan: RowPlan;
  readonly #common: CommonTerms | undefined;
  readonly #values: Float64Array[] = [];
  readonly #stuck: SampleRange[][] = [];
  #sum: Float64Array | undefined;

  constructor(
    stretch: Stretch,
    span: SampleRange,
    plan: RowPlan,
    common: CommonTerms | undefined,
  ) {
    this.#stretch = stretch;
    this.span = span;
    this.#plan = plan;
    this.#common = common;
  }

  /** Physical values; digital ones where the calibration gives none, as the row's scale then says. */
  physical(channel: number): Float64Array {
    return this.#values[channel] ??= this.#readPhysical(channel);
  }

  /** Where the channel says nothing. */
  stuck(channel: number): SampleRange[] {
    return this.#stuck[channel] ??= this.#findStuck(channel);
  }

  /** A fresh array with the sum of a row's terms. */
  derived(row: number, terms: readonly DerivationTerm[]): Float64Array {
    const rest = this.#common?.restOf(row);
    if (this.#common === undefined || rest === undefined) return this.#derive(terms);
    this.#sum ??= this.#derive(this.#common.terms);
    const values = this.#sum.slice();
    for (const { channel, weight } of rest) {
      const more = this.physical(channel);
      for (let i = 0; i < values.length; i++) values[i]! += weight * more[i]!;
    }
    return values;
  }

  #derive(terms: readonly DerivationTerm[]): Float64Array {
    const channels: Float64Array[] = [];
    for (const { channel } of terms) channels[channel] = this.physical(channel);
    return derive(channels, terms);
  }

  #readPhysical(channel: number): Float64Array {
    const { calibration } = this.#plan.channels[channel]!;
    const values = digitalOf(this.#stretch, channel, this.span);
    return calibration === null || gainAndOffset(calibration) === undefined
      ? values
      : toPhysical(values, calibration);
  }

  #findStuck(channel: number): SampleRange[] {
    const { start: first } = this.span;
    const limits = this.#plan.channels[channel]!.calibration;
    const samples = digitalOf(this.#stretch, channel, this.span);
    return stuckRuns(samples, { rateHz: rateHz(this.#plan.rate), limits })
      .map(({ start, end }) => ({ start: first + start, end: first + end }));
  }
}

/** What most rows of a montage have in common, so that it is summed once: the average, as a rule. */
export interface CommonTerms {
  readonly terms: readonly DerivationTerm[];
  /** What a row has beside it; undefined where the row is summed by itself. */
  readonly restOf: (row: number) => readonly DerivationTerm[] | undefined;
}

/**
 * The weights that most derived rows give each channel. A row shares them only where it has all of these
 * channels: a channel that it does not look at must not reach it, however it would cancel.
 *
 * @returns Undefined where summing them once would save nothing.
 */
export function commonTerms(rows: readonly StreamRow[]): CommonTerms | undefined {
  const derived = rows.filter(({ isDerived }) => isDerived);
  const weights = new Map<number, Map<number, number>>();
  for (const { channel, weight } of derived.flatMap(({ terms }) => terms)) {
    const counts = weights.get(channel) ?? new Map<number, number>();
    weights.set(channel, counts.set(weight, (counts.get(weight) ?? 0) + 1));
  }
  const common = new Map<number, number>();
  for (const [channel, counts] of weights) {
    const [weight, count] = [...counts].reduce((a, b) => b[1] > a[1] ? b : a);
    if (count > derived.length / 2) common.set(channel, weight);
  }
  const rests = new Map<number, DerivationTerm[]>();
  let before = 0, after = common.size;
  for (const { row, terms } of derived) {
    if (terms.filter(({ channel }) => common.has(channel)).length < common.size) continue;
    const rest = terms.map(({ channel, weight }) => ({
      channel,
      weight: weight - (common.get(channel) ?? 0),
    })).filter(({ weight }) => weight !== 0);
    rests.set(row, rest);
    before += terms.length;
    after += rest.length;
  }
  if (common.size < 4 || after * 2 > before) return undefined;
  const terms = [...common].map(([channel, weight]) => ({ channel, weight }));
  return { terms, restOf: (row) => rests.get(row) };
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
