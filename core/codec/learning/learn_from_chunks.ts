/**
 * Layer 3. Learning a set from chunks that are at hand.
 *
 * Sole owner of the comparison of plans. What can be seen at once is learnt best: filters first, then
 * covariances under them, and of several plans the one whose set and residuals are smallest together.
 *
 * @module
 */

import { encodeCrossChannel } from "../cross_channel.ts";
import type { ParameterSet } from "../parameter_set.ts";
import { CrossStatistics, type WhiteningPlan } from "./cross_statistics.ts";
import { makePlan } from "./make_plan.ts";
import { type SetUse, type SolvedSet, solveSet } from "./solve_set.ts";
import type { StreamProfile } from "./stream_profile.ts";

/** A chunk's samples, of shape (channelCount, sampleCount). */
export interface SeenChunk {
  readonly samples: Int32Array;
  readonly sampleCount: number;
}

/** A set, and the statistics it came from. */
export interface LearntSet extends SolvedSet {
  readonly statistics: CrossStatistics;
}

/** Plans are compared on at most so many chunks. */
const COMPARED_CHUNKS = 6;
/** Where channels tell each other this much, a second filter would only come between them. */
const MIXING_GAIN_BITS = 0.6;
/** Several filters are worth a look when they leave this many bits a sample less before mixing counts. */
const FILTER_GAIN_BITS = 0.04;
const FILTERS_TRIED = 4;
export const BITS_PER_BYTE = 8;

/**
 * Learns.
 *
 * @param profile Has seen the chunks.
 * @returns Undefined when no channel can be modelled.
 */
export function learnFromChunks(
  chunks: readonly SeenChunk[],
  profile: StreamProfile,
  use: SetUse,
): LearntSet | undefined {
  const seen = chunks.reduce((sum, { sampleCount }) => sum + sampleCount - 1, 0);
  const sampleCount = use.newShare > 0 ? seen : Infinity;
  const one = makePlan(profile, { filterCount: 1, sampleCount });
  if (one === undefined) return undefined;
  const underOne = learnUnder(one.plan, chunks, use);
  if (underOne !== undefined && mixingGain(underOne) >= MIXING_GAIN_BITS) return underOne;
  const several = makePlan(profile, { filterCount: FILTERS_TRIED, sampleCount });
  if (several === undefined || several.plan.filters.length === 1) return underOne;
  const gain = (one.logError - several.logError) / (2 * one.plan.channels.length);
  if (gain < FILTER_GAIN_BITS) return underOne;
  const underSeveral = learnUnder(several.plan, chunks, use);
  if (underOne === undefined || underSeveral === undefined) return underSeveral ?? underOne;
  const step = Math.ceil(chunks.length / COMPARED_CHUNKS);
  const compared = chunks.filter((_, i) => i % step === 0);
  const priceOf = ({ set }: LearntSet) =>
    trialBits(set, compared) * chunks.length / compared.length +
    BITS_PER_BYTE * set.bytes.byteLength;
  return priceOf(underSeveral) < priceOf(underOne) ? underSeveral : underOne;
}

function learnUnder(
  plan: WhiteningPlan,
  chunks: readonly SeenChunk[],
  use: SetUse,
): LearntSet | undefined {
  const statistics = statisticsOf(plan, chunks);
  const solved = solveSet(statistics, use);
  return solved && { ...solved, statistics };
}

/** Bits a sample that channels tell of each other. */
function mixingGain({ bitsPerTime, statistics }: LearntSet): number {
  return (statistics.whitenedBits() - bitsPerTime) / statistics.plan.channels.length;
}

function statisticsOf(plan: WhiteningPlan, chunks: readonly SeenChunk[]): CrossStatistics {
  const statistics = new CrossStatistics(plan);
  for (const { samples, sampleCount } of chunks) statistics.observe(samples, sampleCount);
  return statistics;
}

/** Bits that chunks take under a set. */
export function trialBits(set: ParameterSet, chunks: readonly SeenChunk[]): number {
  let bytes = 0;
  for (const { samples, sampleCount } of chunks) {
    const shape = { kind: "int32", channelCount: set.channelCount, sampleCount } as const;
    bytes += encodeCrossChannel(samples, shape, set).payload.byteLength;
  }
  return BITS_PER_BYTE * bytes;
}

/** Bytes of memory that a set takes, about. */
export function setMemoryBytes(set: ParameterSet): number {
  let bytes = set.bytes.byteLength;
  for (const { coefficients } of set.channels) bytes += coefficients.byteLength;
  for (const { reflections, predictors } of set.filters) {
    bytes += reflections.byteLength;
    for (const { coefficients } of predictors) bytes += coefficients.byteLength;
  }
  return bytes;
}
