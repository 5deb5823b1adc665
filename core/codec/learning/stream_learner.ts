/**
 * Layer 3. When a stream learns, and what it remembers.
 *
 * Sole owner of the schedule. A live stream learns from what it has encoded, early and then at doubling
 * ages; a file shows what comes next and is learnt from at once. A new set must earn its bytes on real
 * chunks. Sets that were good before are kept for a while: to name one again is free.
 *
 * | Age in chunks     | Learns                                                       |
 * | ----------------- | ------------------------------------------------------------ |
 * | 1, 2, 4           | from the chunks kept, filters included                       |
 * | 8, 16, 32, 64     | from all chunks; new filters are prepared where they pay     |
 * | each 60 from then | the same, older chunks count less and each fourth is looked at |
 * | misfit            | as soon as a set may be made, the past counting little       |
 *
 * @module
 */

import type { ParameterSet } from "../parameter_set.ts";
import { predictive } from "../predictive.ts";
import { CrossStatistics } from "./cross_statistics.ts";
import {
  BITS_PER_BYTE,
  learnFromChunks,
  type LearntSet,
  type SeenChunk,
  setMemoryBytes,
  trialBits,
} from "./learn_from_chunks.ts";
import { LAGS_TRIED, makePlan } from "./make_plan.ts";
import { SetBudget } from "./set_budget.ts";
import { solveSet } from "./solve_set.ts";
import { StreamProfile } from "./stream_profile.ts";

/** Bytes of recent chunks kept for trials and for filters' first statistics. */
const RECENT_BYTES_MAX = 98_304;
/** Samples kept of what a file shows ahead: a minute of 512 channels at 512 Hz would be more. */
const AHEAD_SAMPLES_MAX = 1 << 23;
/** Filters need no more values than this, from no fewer chunks than that. */
const CORRELATED_VALUES = 131_072;
const CORRELATED_CHUNKS_MIN = 12;
/** Fewer chunks than this, shown ahead, cannot pay for another set. */
const AHEAD_CHUNKS_MIN = 10;
/** Chunks on which a set is tried against another. */
const TRIAL_CHUNKS = 6;
/** Where the first two of them gain five times the price, the others are not asked. */
const CLEAR_TRIAL_CHUNKS = 2;
const CLEAR_GAIN = 5;
/** A live stream is expected to last as long again, and at least this long, at most that long. */
const HORIZON_CHUNKS_MIN = 8;
const HORIZON_CHUNKS_MAX = 600;
/** Until here, all that was seen is at hand or nearly. */
const EARLY_AGE = 4;
const STEADY_AGE = 64;
const STEADY_INTERVAL = 60;
/** In a steady stream, one chunk in so many is looked at, and each interval the past counts less. */
const STEADY_STRIDE = 4;
const STEADY_FADE = 0.75;
const MISFIT_FADE = 0.1;
/** Chunks after a misfit until learning. */
const MISFIT_CHUNKS = 4;
/** Recent sizes over the set's usual ones that mean it stopped fitting. */
const MISFIT_RATIO = 1.1;
const RECALL_RATIO = 1.03;
/** Filters are worth new statistics when they leave this many bits a sample less. */
const REPLAN_GAIN_BITS = 0.01;
/** A set's record has 16 bytes of its own. */
const RECORD_BITS = 128;
const SETS_REMEMBERED = 2;

/** Learns the sets of one stream of int32 samples. */
export class StreamLearner {
  readonly #channelCount: number;
  readonly #budget = new SetBudget();
  #profile: StreamProfile;
  /** Chunks encoded. */
  #age = 0;
  #learnAt = 1;
  #statistics: CrossStatistics | undefined;
  /** Statistics under filters that may replace those of `#statistics`. */
  #prepared: CrossStatistics | undefined;
  #recent: SeenChunk[] = [];
  #ahead: SeenChunk[] = [];
  #aheadSampleCount = 0;
  /** Chunks shown ahead that are not encoded yet. */
  #aheadLeft = 0;
  #current: ParameterSet | undefined;
  #previous: ParameterSet[] = [];
  /** Bits that sets saved, less those that they took. */
  #creditBits = 0;
  /** Bits a sample, running means over about 64 and 6 chunks. */
  #usualBits = 0;
  #recentBits = 0;

  constructor(channelCount: number) {
    this.#channelCount = channelCount;
    this.#profile = new StreamProfile(channelCount);
  }

  /** The set to use next, if any. */
  get current(): ParameterSet | undefined {
    return this.#current;
  }

  /** Sets worth trying beside the current one: none as long as that fits. */
  get recalled(): readonly ParameterSet[] {
    return this.#recentBits > RECALL_RATIO * this.#usualBits ? this.#previous : [];
  }

  /** Bytes kept between chunks, without what a file showed ahead. */
  get byteLength(): number {
    const sets = this.#current === undefined ? this.#previous : [this.#current, ...this.#previous];
    return this.#profile.byteLength +
      (this.#statistics?.byteLength ?? 0) + (this.#prepared?.byteLength ?? 0) +
      this.#recent.reduce((sum, { samples }) => sum + samples.byteLength, 0) +
      sets.reduce((sum, set) => sum + setMemoryBytes(set), 0);
  }

  /** Keeps a copy of samples that will be encoded later. */
  lookAhead(samples: Int32Array, sampleCount: number): void {
    this.#aheadLeft++;
    if (this.#aheadSampleCount + samples.length > AHEAD_SAMPLES_MAX && this.#ahead.length > 0) {
      return;
    }
    this.#aheadSampleCount += samples.length;
    this.#ahead.push({ samples: samples.slice(), sampleCount });
  }

  /** Learns from what was shown ahead; to be called before each chunk. */
  prepare(): void {
    if (this.#ahead.length === 0) return;
    const chunks = this.#ahead;
    this.#ahead = [];
    this.#aheadSampleCount = 0;
    this.#profile.fade(MISFIT_FADE);
    const values = chunks.reduce((sum, { samples }) => sum + samples.length, 0);
    const stride = Math.min(
      Math.ceil(chunks.length / CORRELATED_CHUNKS_MIN),
      Math.ceil(values / CORRELATED_VALUES),
    );
    chunks.forEach(({ samples, sampleCount }, i) =>
      this.#profile.observe(samples, sampleCount, i % stride === 0)
    );
    if (!this.#budget.allows(this.#age)) return;
    if (this.#current !== undefined && chunks.length < AHEAD_CHUNKS_MIN) return;
    const horizon = chunks.reduce((sum, { sampleCount }) => sum + sampleCount, 0);
    const learnt = learnFromChunks(chunks, this.#profile, {
      channelCount: this.#channelCount,
      horizon,
      newShare: 0,
      // What one minute of a stream wants, the next one wants too.
      lagsTried: this.#current === undefined ? LAGS_TRIED : [this.#current.lags],
    });
    if (learnt === undefined) return;
    this.#statistics = learnt.statistics;
    this.#prepared = undefined;
    this.#learnAt = this.#age + chunks.length + STEADY_INTERVAL;
    const step = Math.ceil(chunks.length / TRIAL_CHUNKS);
    const trial = chunks.filter((_, i) => i % step === step >> 1);
    this.#adoptIfCheaper(learnt.set, { trial, horizon: chunks.length, optimism: 0 });
  }

  /** Says that a set was better than the current one. */
  recall(set: ParameterSet): void {
    this.#use(set);
  }

  /**
   * Takes in a chunk that was encoded.
   *
   * @param bits What it took under the current set; undefined when there was none.
   * @param savedBits How many fewer than codec 1's those are at least; 0 when unknown.
   */
  observe(
    samples: Int32Array,
    sampleCount: number,
    bits: number | undefined,
    savedBits: number,
  ): void {
    this.#age++;
    this.#creditBits += savedBits;
    if (bits !== undefined) this.#noteBits(bits / samples.length);
    if (this.#aheadLeft > 0) {
      this.#aheadLeft--;
      return;
    }
    this.#keepRecent(samples, sampleCount);
    if (this.#age <= STEADY_AGE || this.#age % STEADY_STRIDE === 0) {
      this.#profile.observe(samples, sampleCount);
      this.#statistics?.observe(samples, sampleCount);
      this.#prepared?.observe(samples, sampleCount);
    }
    this.#expectMisfit();
    if (this.#age >= this.#learnAt && this.#budget.allows(this.#age)) this.#learn();
  }

  #noteBits(bitsPerSample: number): void {
    if (this.#usualBits === 0) this.#usualBits = this.#recentBits = bitsPerSample;
    this.#usualBits += (bitsPerSample - this.#usualBits) / 64;
    this.#recentBits += (bitsPerSample - this.#recentBits) / 6;
  }

  #expectMisfit(): void {
    const isMisfit = this.#age > STEADY_AGE && this.#usualBits > 0 &&
      this.#recentBits > MISFIT_RATIO * this.#usualBits;
    if (!isMisfit || this.#learnAt <= this.#age + MISFIT_CHUNKS) return;
    if (!this.#budget.allows(this.#age + MISFIT_CHUNKS)) return;
    this.#learnAt = this.#age + MISFIT_CHUNKS;
    this.#profile.fade(MISFIT_FADE);
    this.#statistics?.fade(MISFIT_FADE);
    this.#prepared?.fade(MISFIT_FADE);
  }

  #learn(): void {
    const horizonChunks = Math.min(HORIZON_CHUNKS_MAX, Math.max(HORIZON_CHUNKS_MIN, this.#age));
    const sampleCount = this.#recent[0]!.sampleCount;
    const use = {
      channelCount: this.#channelCount,
      horizon: horizonChunks * sampleCount,
      newShare: 1,
      lagsTried: LAGS_TRIED,
    };
    const candidates: LearntSet[] = [];
    if (this.#age <= EARLY_AGE || this.#statistics === undefined) {
      const learnt = learnFromChunks(this.#recent, this.#profile, use);
      if (learnt !== undefined) candidates.push(learnt);
    } else {
      for (const statistics of [this.#statistics, this.#prepared]) {
        if (statistics === undefined) continue;
        const solved = solveSet(statistics, use);
        if (solved !== undefined) candidates.push({ ...solved, statistics });
      }
    }
    this.#chooseCandidate(candidates, horizonChunks);
    this.#prepareFilters();
    if (this.#age >= STEADY_AGE) {
      this.#profile.fade(STEADY_FADE);
      this.#statistics?.fade(STEADY_FADE);
      this.#prepared?.fade(STEADY_FADE);
    }
    this.#learnAt = this.#age < STEADY_AGE ? 2 * this.#age : this.#age + STEADY_INTERVAL;
  }

  #chooseCandidate(candidates: readonly LearntSet[], horizon: number): void {
    const trial = this.#recent;
    let best: LearntSet | undefined;
    let bestBits = Infinity;
    for (const candidate of candidates) {
      const bits = trialBits(candidate.set, trial) + trial.length * this.#optimism(candidate);
      if (bits >= bestBits) continue;
      best = candidate;
      bestBits = bits;
    }
    if (best === undefined) return;
    this.#statistics = best.statistics;
    this.#prepared = undefined;
    this.#adoptIfCheaper(best.set, { trial, horizon, optimism: this.#optimism(best) });
  }

  /** Bits a chunk that a set looks better on what it was learnt from than it will be. */
  #optimism({ coefficientCount, statistics }: LearntSet): number {
    const seen = Math.max(1, statistics.sampleCount);
    return coefficientCount * 1.44 * this.#recent[0]!.sampleCount / seen;
  }

  #adoptIfCheaper(
    set: ParameterSet,
    { trial, horizon, optimism }: {
      trial: readonly SeenChunk[];
      horizon: number;
      optimism: number;
    },
  ): void {
    // One set may be bought on trust; the next when those before have paid for themselves.
    if (this.#creditBits < 0) return;
    const gainOn = (chunks: readonly SeenChunk[]) => {
      const oldBits = this.#current === undefined
        ? plainBits(chunks, this.#channelCount)
        : trialBits(this.#current, chunks);
      return (oldBits - trialBits(set, chunks)) / chunks.length - optimism;
    };
    const price = BITS_PER_BYTE * set.bytes.byteLength + RECORD_BITS;
    const isClear = trial.length > CLEAR_TRIAL_CHUNKS &&
      gainOn(trial.slice(0, CLEAR_TRIAL_CHUNKS)) * horizon > CLEAR_GAIN * price;
    if (!isClear && gainOn(trial) * horizon <= price) return;
    this.#budget.spend(this.#age);
    this.#creditBits -= price;
    this.#use(set);
    this.#usualBits = 0;
  }

  #use(set: ParameterSet): void {
    const kept = this.#previous.filter((previous) => previous !== set);
    if (this.#current !== undefined) kept.unshift(this.#current);
    this.#previous = kept.slice(0, SETS_REMEMBERED);
    this.#current = set;
  }

  /** Begins statistics under better filters, when there are such. */
  #prepareFilters(): void {
    if (this.#statistics === undefined || this.#age <= EARLY_AGE) return;
    const { plan } = this.#statistics;
    const choice = makePlan(this.#profile, {
      filterCount: plan.filters.length,
      sampleCount: this.#age * this.#recent[0]!.sampleCount,
    });
    if (choice === undefined) return;
    const isSame = choice.plan.groupSize === plan.groupSize &&
      choice.plan.channels.length === plan.channels.length;
    const logError = isSame ? this.#profile.logErrorUnder(plan) : Infinity;
    const gain = (logError - choice.logError) / (2 * plan.channels.length);
    if (gain < REPLAN_GAIN_BITS) return;
    this.#prepared = new CrossStatistics(choice.plan);
    for (const { samples, sampleCount } of this.#recent) {
      this.#prepared.observe(samples, sampleCount);
    }
  }

  #keepRecent(samples: Int32Array, sampleCount: number): void {
    this.#recent.push({ samples: samples.slice(), sampleCount });
    let bytes = this.#recent.reduce((sum, { samples }) => sum + samples.byteLength, 0);
    while (bytes > RECENT_BYTES_MAX && this.#recent.length > 1) {
      bytes -= this.#recent.shift()!.samples.byteLength;
    }
  }
}

function plainBits(chunks: readonly SeenChunk[], channelCount: number): number {
  let bytes = 0;
  for (const { samples, sampleCount } of chunks) {
    bytes += predictive.encode(samples, { kind: "int32", channelCount, sampleCount }).byteLength;
  }
  return BITS_PER_BYTE * bytes;
}
