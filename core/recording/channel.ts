/**
 * Layer 2. One labelled signal of a stream, and how its integers become physical values.
 *
 * Sole owner of the channel's shape. Labels are not unique (CHB-MIT has "T8-P8" twice); `position`
 * is what addresses a channel.
 *
 * @module
 */

import * as z from "zod";

/** What a channel measures. It decides filters, montages and whether polarity has a meaning. */
export const ChannelType = z.enum([
  "eeg",
  "eog",
  "emg",
  "ecg",
  "reference",
  "respiration",
  "saturation",
  "pulse",
  "temperature",
  "accelerometer",
  "position",
  "sound",
  "light",
  "event",
  "status",
  "hypnogram",
  "other",
  "unknown",
]);
export type ChannelType = z.infer<typeof ChannelType>;

const int32 = z.int().min(-(2 ** 31)).max(2 ** 31 - 1);

/**
 * Four numbers that turn a digital sample into a physical value. The physical ones are kept as the
 * decimal text that was written, so that a changed calibration can never hide in rounding.
 */
export const Calibration = z.strictObject({
  /** Digital units. May exceed `digitalMax`: such files exist, and the sign is data. */
  digitalMin: int32,
  /** Digital units. Equal to `digitalMin` means that no physical value can be given. */
  digitalMax: int32,
  /** Decimal text, in the channel's unit: the physical value of `digitalMin`. */
  physicalMin: z.string().min(1).max(32),
  /** Decimal text, in the channel's unit: the physical value of `digitalMax`. */
  physicalMax: z.string().min(1).max(32),
});
export type Calibration = z.infer<typeof Calibration>;

/** One channel of a stream's descriptor. Every field is covered by the descriptor digest. */
export const Channel = z.strictObject({
  /** Place in the channel table of the segment, from 0; file order where a file was the source. */
  position: z.int().min(0).max(65535),
  /** As written, may be empty, may repeat. At most 80 characters. */
  label: z.string().max(80),
  type: ChannelType,
  /** Physical dimension as written ("uV", "µV", "%", "DegC"); empty when unknown. */
  unit: z.string().max(32),
  /** Absent for float samples, which are physical values already. */
  calibration: Calibration.nullable(),
  /** Reference electrode as written or parsed from the label; empty when unknown. */
  reference: z.string().max(80),
  /** Prefilter text as written, such as "HP:0.1Hz LP:75Hz"; empty when unknown. */
  prefilter: z.string().max(160),
});
export type Channel = z.infer<typeof Channel>;

/**
 * Channel names that are unique within a list: the second channel of a label becomes `label#2`.
 * Names keep the order of the channels.
 *
 * @example
 * ```ts
 * import { deepStrictEqual } from "node:assert/strict";
 * import { uniqueLabels } from "@wavekeep/core/recording";
 *
 * deepStrictEqual(uniqueLabels(["T8-P8", "CZ-PZ", "T8-P8"]), ["T8-P8", "CZ-PZ", "T8-P8#2"]);
 * ```
 */
export function uniqueLabels(labels: readonly string[]): string[] {
  const taken = new Set<string>();
  const seen = new Map<string, number>();
  return labels.map((label) => {
    let count = (seen.get(label) ?? 0) + 1;
    let name = count === 1 ? label : `${label}#${count}`;
    while (taken.has(name)) name = `${label}#${++count}`;
    seen.set(label, count);
    taken.add(name);
    return name;
  });
}
