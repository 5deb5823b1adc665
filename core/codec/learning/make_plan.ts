/**
 * Layer 3. Choosing how a stream is whitened.
 *
 * Sole owner of the step from what is known of single channels to a plan: which are modelled, under how
 * many filters, in groups of what size.
 *
 * @module
 */

import { FILTER_ORDER_MAX } from "../reflection_filter.ts";
import type { WhiteningPlan } from "./cross_statistics.ts";
import { solveSharedFilters } from "./shared_filters.ts";
import type { StreamProfile } from "./stream_profile.ts";

/** Bits below the integer in whitened values: 0.3 to 1 % smaller than none. */
const FRACTION_BITS = 2;
/** Channels of a group: beyond this, rows cost more than far channels tell. */
const GROUP_CHANNELS_MAX = 96;
/** With more channels than this in the model, groups of half the size keep a set below 64 KiB. */
const MANY_CHANNELS = 256;
const MANY_GROUP_CHANNELS = 48;
/** A third would make chunks 0.3 % smaller, and decoding 8 % slower. */
export const LAGS_TRIED: readonly number[] = [2, 1];

/** A plan, and the sum over its channels of log2 of what its filters leave. */
export interface PlanChoice {
  readonly plan: WhiteningPlan;
  readonly logError: number;
}

/** Samples that an unknown of least squares wants before it is worth asking for. */
export const SAMPLES_PER_UNKNOWN = 3;

/**
 * Plans.
 *
 * @param filterCount At most so many filters.
 * @param sampleCount New samples that covariances will come from: few of them only allow small groups.
 * @returns Undefined when no channel can be modelled.
 */
export function makePlan(
  profile: StreamProfile,
  { filterCount, sampleCount }: { filterCount: number; sampleCount: number },
): PlanChoice | undefined {
  const channels: number[] = [];
  for (let c = 0; c < profile.channelCount; c++) if (profile.isModellable(c)) channels.push(c);
  if (channels.length === 0) return undefined;
  const { filters, assignment, logError } = solveSharedFilters(
    channels.map((c) => profile.lagsOf(c)),
    { order: FILTER_ORDER_MAX, filterCount },
  );
  const plan = {
    filters,
    channels: channels.map((channel, i) => ({
      channel,
      filter: assignment[i]!,
      rightShift: profile.rightShift(channel),
      lowBits: profile.lowBits(channel),
    })),
    fractionBits: FRACTION_BITS,
    groupSize: groupSizeFor(channels.length, sampleCount),
    lags: Math.max(...LAGS_TRIED),
  };
  return { plan, logError };
}

/** Groups of nearly equal size. */
function groupSizeFor(channelCount: number, sampleCount: number): number {
  const worthwhile = channelCount > MANY_CHANNELS ? MANY_GROUP_CHANNELS : GROUP_CHANNELS_MAX;
  // With one lag, a row has up to two unknowns a channel of its group.
  const knowable = Math.floor(sampleCount / (2 * SAMPLES_PER_UNKNOWN));
  const most = Math.max(1, Math.min(worthwhile, knowable));
  return Math.ceil(channelCount / Math.ceil(channelCount / most));
}
