/**
 * Testing. Parameter sets that are valid and fit nothing.
 *
 * @module
 */

import { type ModelChannel, type ParameterSet, writeParameterSet } from "../codec/mod.ts";
import type { Prng } from "./prng.ts";

/** What a random set must be like; the rest is drawn. */
export interface RandomSetShape {
  readonly channelCount: number;
  /** Channels of the model; all of them unless told. */
  readonly modelCount?: number;
  readonly lags?: number;
  readonly fractionBits?: number;
  readonly groupSize?: number;
  readonly filterOrder?: number;
  readonly adaptation?: number;
  readonly rightShift?: number;
  readonly lowBits?: number;
}

/** Draws a set: stable filters, coefficients of every size, every legal shift. */
export function randomParameterSet(random: Prng, shape: RandomSetShape): ParameterSet {
  const { channelCount } = shape;
  const lags = shape.lags ?? 1 + random.below(4);
  const groupSize = shape.groupSize ?? 1 + random.below(Math.min(128, channelCount));
  const filters = Array.from({ length: 1 + random.below(3) }, () => ({
    reflections: Int16Array.from(
      { length: shape.filterOrder ?? random.below(33) },
      (_, m) => random.below(65_535 >> Math.min(m, 8)) - (32_767 >> Math.min(m, 8)),
    ),
  }));
  const modelCount = shape.modelCount ?? channelCount;
  const left = Array.from({ length: channelCount }, (_, channel) => channel);
  while (left.length > modelCount) left.splice(random.below(left.length), 1);
  const channels = left.map((channel, index): ModelChannel => {
    const indexInGroup = index % groupSize;
    const groupLength = Math.min(groupSize, modelCount - (index - indexInGroup));
    const size = random.below(17);
    return {
      channel,
      filter: random.below(filters.length),
      rightShift: shape.rightShift ?? random.below(13),
      lowBits: shape.lowBits ?? (random.below(4) === 0 ? random.below(16) : 0),
      scaleDefault: random.below(96),
      rowShift: random.below(16),
      coefficients: Int16Array.from(
        { length: lags * groupLength + indexInGroup },
        () => size === 0 ? 0 : (random.below(2 ** size) - 2 ** (size - 1)),
      ),
    };
  });
  const fractionBits = shape.fractionBits ?? random.below(5);
  const adaptation = shape.adaptation ?? random.below(16);
  return writeParameterSet({
    channelCount,
    fractionBits,
    lags,
    groupSize,
    adaptation,
    filters,
    channels,
  });
}
