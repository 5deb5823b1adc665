/**
 * Layer 4. Trends of one epoch from its seconds of samples.
 *
 * Sole owner of the arithmetic of FORMAT.md, "What is computed". An epoch follows from its own seconds and
 * from nothing else, so it can be made in any order, anywhere, as often as one likes. Hazard: a second is
 * judged as a whole; one railed sample in a channel takes it from every derivation that the channel is part
 * of, and never becomes a zero.
 *
 * @module
 */

import { assert } from "../assert.ts";
import { physicalOf, type Scale } from "../calibration/mod.ts";
import type { Samples } from "../codec/mod.ts";
import { designFilters, filterInPlace, FILTERS_OFF, type FilterSection } from "../signal/mod.ts";
import { summariseChannel } from "../summary/mod.ts";
import { aeegSections } from "./aeeg_filter.ts";
import { hundredthsOf } from "./decibels.ts";
import {
  AEEG_LOWER_SHARE,
  AEEG_SETTLING_HALVES,
  AEEG_UPPER_SHARE,
  BIN_COUNT,
  EPOCH_SECONDS,
  HALVES_PER_SECOND,
  SUPPRESSION_HIGH_HZ,
  SUPPRESSION_MICROVOLTS,
} from "./definition.ts";
import { halve, halvingScratch, halvingsOf } from "./halve.ts";
import { percentile } from "./percentile.ts";
import type { PlannedDerivation, TrendPlan } from "./plan_trends.ts";
import type { SideRows, TrendBlock } from "./trend_block.ts";
import { WelchPair } from "./welch_pair.ts";

/**
 * One second of a stream: a row of samples for each channel; `"unusable"` when its chunk is stored and cannot
 * be judged (short or damaged); undefined when nothing is stored.
 */
export type EpochSecond = readonly Samples[] | "unusable" | undefined;

/** Makes epochs of one stream, one at a time; keeps memory for that. */
export class EpochMaker {
  readonly #plan: TrendPlan;
  readonly #rate: number;
  readonly #halvings: number;
  readonly #welch: WelchPair;
  readonly #aeeg: readonly FilterSection[];
  readonly #suppression: readonly FilterSection[];
  readonly #left: Trace;
  readonly #right: Trace;
  readonly #scratch: Float64Array;
  /** Half seconds of a second in the halved rate. */
  readonly #halfBounds: readonly number[];
  readonly #envelope = new Float64Array(EPOCH_SECONDS * HALVES_PER_SECOND);

  constructor(plan: TrendPlan) {
    const full = plan.samplesPerSecond;
    this.#plan = plan;
    this.#halvings = halvingsOf(full);
    this.#rate = full / 2 ** this.#halvings;
    this.#welch = new WelchPair(this.#rate);
    this.#aeeg = aeegSections(this.#rate);
    this.#suppression =
      designFilters({ ...FILTERS_OFF, highHz: SUPPRESSION_HIGH_HZ }, this.#rate).sections;
    this.#left = new Trace(full);
    this.#right = new Trace(full);
    this.#scratch = new Float64Array(halvingScratch(full * EPOCH_SECONDS));
    this.#halfBounds = [0, Math.ceil(this.#rate / 2), this.#rate];
  }

  /**
   * Makes an epoch.
   *
   * @param seconds Ten of them, in order.
   * @param block Where it goes, with its bucket; everything of the bucket is written over.
   */
  make(seconds: readonly EpochSecond[], block: TrendBlock, bucket: number): void {
    assert(seconds.length === EPOCH_SECONDS, `${seconds.length} seconds are an epoch`);
    const { sides, pairCount } = this.#plan;
    const bad = badSeconds(seconds, this.#plan);
    block.counts[bucket] = seconds.filter((second) => second !== undefined).length;
    const [left, right] = block.sides;
    for (const rows of block.sides) clearSide(rows, bucket);
    const welch = this.#welch;
    welch.start();
    const count = Math.max(sides[0].derivations.length, sides[1].derivations.length);
    for (let index = 0; index < count; index++) {
      this.#load(this.#left, sides[0].derivations[index], seconds, bad);
      this.#load(this.#right, sides[1].derivations[index], seconds, bad);
      this.#judge(this.#left, left, bucket, index === sides[0].aeeg);
      this.#judge(this.#right, right, bucket, index === sides[1].aeeg);
      welch.add(this.#left, this.#right, index < pairCount);
    }
    for (const [index, rows] of [left, right].entries()) {
      const windows = welch.windows[index]!;
      rows.windows[bucket] = windows;
      for (let bin = 0; bin < BIN_COUNT; bin++) {
        rows.spectrum[bucket * BIN_COUNT + bin] = hundredthsOf(
          windows === 0 ? NaN : welch.power[index]![bin]! / windows,
        );
      }
    }
    const { pairs } = block;
    pairs.windows[bucket] = welch.pairWindows;
    pairs.relative[bucket] = welch.pairLines === 0 ? NaN : welch.relative / welch.pairLines;
    pairs.absolute[bucket] = welch.pairLines === 0 ? NaN : welch.absolute / welch.pairLines;
  }

  /** Puts a derivation into a trace, second by second, and halves its stretches. */
  #load(
    trace: Trace,
    derivation: PlannedDerivation | undefined,
    seconds: readonly EpochSecond[],
    bad: readonly Uint8Array[],
  ): void {
    trace.isAssessable.fill(0);
    if (derivation === undefined) return;
    const { samplesPerSecond, scales } = this.#plan;
    for (const [at, second] of seconds.entries()) {
      if (second === undefined || second === "unusable") continue;
      if (derivation.terms.some(({ channel }) => bad[at]![channel] === 1)) continue;
      trace.isAssessable[at] = 1;
      const own = trace.values.subarray(at * samplesPerSecond, (at + 1) * samplesPerSecond);
      for (const [index, { channel, weight }] of derivation.terms.entries()) {
        addTerm(own, second[channel]!, { scale: scales[channel], weight, isFirst: index === 0 });
      }
    }
    let rate = samplesPerSecond;
    for (let i = 0; i < this.#halvings; i++) {
      for (const { start, end } of trace.stretches()) {
        halve(trace.values, { start: start * rate, end: end * rate }, trace.values, this.#scratch);
      }
      rate /= 2;
    }
  }

  /** Assessable seconds, suppression and aEEG of a derivation. */
  #judge(trace: Trace, rows: SideRows, bucket: number, isAeeg: boolean): void {
    let envelopeCount = 0;
    for (const { start, end } of trace.stretches()) {
      rows.assessable[bucket]! += end - start;
      const halves = (end - start) * HALVES_PER_SECOND;
      rows.halves[bucket]! += halves;
      const own = this.#scratch.subarray(0, (end - start) * this.#rate);
      own.set(trace.values.subarray(start * this.#rate, end * this.#rate));
      filterInPlace(own, this.#suppression);
      for (let half = 0; half < halves; half++) {
        if (this.#extent(own, half) < SUPPRESSION_MICROVOLTS) rows.suppressed[bucket]!++;
      }
      if (!isAeeg) continue;
      own.set(trace.values.subarray(start * this.#rate, end * this.#rate));
      filterInPlace(own, this.#aeeg);
      for (let half = AEEG_SETTLING_HALVES; half < halves; half++) {
        this.#envelope[envelopeCount++] = 2 * this.#greatest(own, half);
      }
    }
    if (envelopeCount === 0) return;
    const sorted = this.#envelope.subarray(0, envelopeCount).sort();
    rows.aeegHalves[bucket] = envelopeCount;
    rows.aeegLower[bucket] = percentile(sorted, AEEG_LOWER_SHARE);
    rows.aeegUpper[bucket] = percentile(sorted, AEEG_UPPER_SHARE);
  }

  #boundOf(half: number): number {
    return (half >> 1) * this.#rate + this.#halfBounds[half & 1]!;
  }

  /** Greatest less least of a half second. */
  #extent(values: Float64Array, half: number): number {
    const end = this.#boundOf(half + 1);
    let least = Infinity, greatest = -Infinity;
    for (let i = this.#boundOf(half); i < end; i++) {
      const value = values[i]!;
      if (value < least) least = value;
      if (value > greatest) greatest = value;
    }
    return greatest - least;
  }

  /** Greatest amount of a half second. */
  #greatest(values: Float64Array, half: number): number {
    const end = this.#boundOf(half + 1);
    let greatest = 0;
    for (let i = this.#boundOf(half); i < end; i++) {
      greatest = Math.max(greatest, Math.abs(values[i]!));
    }
    return greatest;
  }
}

/** One derivation over an epoch; in the halved rate from the moment it is loaded. */
export class Trace {
  readonly values: Float64Array;
  /** By second. */
  readonly isAssessable = new Uint8Array(EPOCH_SECONDS);

  constructor(samplesPerSecond: number) {
    this.values = new Float64Array(samplesPerSecond * EPOCH_SECONDS);
  }

  /** Runs of assessable seconds. */
  stretches(): { start: number; end: number }[] {
    const found: { start: number; end: number }[] = [];
    for (let at = 0; at < EPOCH_SECONDS; at++) {
      if (this.isAssessable[at] === 0) continue;
      const last = found.at(-1);
      if (last?.end === at) last.end++;
      else found.push({ start: at, end: at + 1 });
    }
    return found;
  }
}

/** For each second, which rows cannot be judged in it; only rows of the plan are looked at. */
function badSeconds(seconds: readonly EpochSecond[], { sides }: TrendPlan): Uint8Array[] {
  const rows = new Set(
    sides.flatMap(({ derivations }) =>
      derivations.flatMap(({ terms }) => terms.map(({ channel }) => channel))
    ),
  );
  return seconds.map((second) => {
    if (second === undefined || second === "unusable") return new Uint8Array(0);
    const bad = new Uint8Array(second.length);
    for (const row of rows) {
      const { railed, notFinite } = summariseChannel(second[row]!);
      if (railed.length > 0 || notFinite > 0) bad[row] = 1;
    }
    return bad;
  });
}

/** Adds weighted physical values; the first term begins the sum. A loop for each case: they are long. */
function addTerm(
  target: Float64Array,
  samples: Samples,
  { scale, weight, isFirst }: {
    readonly scale: Scale | undefined;
    readonly weight: number;
    readonly isFirst: boolean;
  },
): void {
  const { length } = target;
  if (isFirst) target.fill(0);
  if (scale === undefined) {
    for (let i = 0; i < length; i++) target[i]! += weight * samples[i]!;
  } else {
    for (let i = 0; i < length; i++) target[i]! += weight * physicalOf(samples[i]!, scale);
  }
}

function clearSide(rows: SideRows, bucket: number): void {
  for (
    const counts of [rows.assessable, rows.windows, rows.halves, rows.suppressed, rows.aeegHalves]
  ) {
    counts[bucket] = 0;
  }
  rows.aeegLower[bucket] = NaN;
  rows.aeegUpper[bucket] = NaN;
}
