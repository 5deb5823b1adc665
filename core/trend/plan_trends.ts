/**
 * Layer 4. Which derivations of a stream the trends are made of, and why others are not.
 *
 * Sole owner of that choice. Sides are the lateral chains of the longitudinal bipolar montage, by electrode:
 * odd numbers are left, even ones right. A derivation counts only where its mirror can be derived, too: a
 * side with other electrodes than the other would show an asymmetry that is not the brain's. A recording
 * with electrodes on one side only keeps what it has, and has no asymmetry.
 *
 * @module
 */

import { gainAndOffset, type Scale } from "../calibration/mod.ts";
import type { Channel, SampleKind } from "../recording/mod.ts";
import { microvoltsPerUnit } from "../recording/voltage.ts";
import {
  type DerivationTerm,
  electrodeGraph,
  type ResolvedTrace,
  resolveMontage,
  standardMontage,
} from "../signal/mod.ts";
import { rateHz, type SampleRate } from "../time/mod.ts";
import { AEEG_CHOICES, RATE_MAX, RATE_MIN, WINDOW_SECONDS } from "./definition.ts";

/** One derivation. */
export interface PlannedDerivation {
  readonly name: string;
  /** Path over the recorded channels, as printed. */
  readonly path: string;
  /** Channels are rows of the stream; weights make microvolts of physical values. */
  readonly terms: readonly DerivationTerm[];
}

/** What one side of the head is made of. */
export interface PlannedSide {
  readonly derivations: readonly PlannedDerivation[];
  /** Index among them; −1 where no derivation of the list is on both sides. */
  readonly aeeg: number;
}

/** What the trends of a stream are made of. */
export interface TrendPlan {
  /** Whole samples a second. */
  readonly samplesPerSecond: number;
  readonly sides: readonly [left: PlannedSide, right: PlannedSide];
  /** Derivation i of the left mirrors derivation i of the right; 0 where one side has none. */
  readonly pairCount: number;
  readonly leftOut: readonly { readonly name: string; readonly reason: string }[];
  /** By row of the stream; undefined where samples are physical already, or no trend needs the row. */
  readonly scales: readonly (Scale | undefined)[];
}

/** A plan, or in words why there is none. */
export type TrendPlanOrReason = TrendPlan | { readonly reason: string };

/** Lateral chains: groups 0 to 3 of the longitudinal montage, left and right in turn. */
const MIRRORS: readonly (readonly [left: string, right: string])[] = [
  ["Fp1-F7", "Fp2-F8"],
  ["F7-T7", "F8-T8"],
  ["T7-P7", "T8-P8"],
  ["P7-O1", "P8-O2"],
  ["Fp1-F3", "Fp2-F4"],
  ["F3-C3", "F4-C4"],
  ["C3-P3", "C4-P4"],
  ["P3-O1", "P4-O2"],
];

/**
 * Plans the trends of a stream.
 *
 * @param stream.channels In row order.
 *
 * @example A wearable with four electrodes
 * ```ts
 * import { deepStrictEqual } from "node:assert/strict";
 * import { planTrends } from "@wavekeep/core/trend";
 * import { sampleRate } from "@wavekeep/core/time";
 *
 * const channels = ["F7-T7", "F8-T8"].map((label, position) => ({ position, label, type: "eeg" as const,
 *   unit: "uV", calibration: null, reference: "", prefilter: "" }));
 * const plan = planTrends({ rate: sampleRate(256), kind: "binary32", channels });
 * deepStrictEqual("reason" in plan || plan.sides.map(({ derivations }) => derivations[0]?.name),
 *   ["F7-T7", "F8-T8"]);
 * ```
 */
export function planTrends(
  { rate, kind, channels }: {
    readonly rate: SampleRate;
    readonly kind: SampleKind;
    readonly channels: readonly Channel[];
  },
): TrendPlanOrReason {
  const scaled = channels.map(({ calibration }) =>
    calibration === null ? null : gainAndOffset(calibration)
  );
  const usable = channels.flatMap((channel, row) => {
    const isScaled = kind === "int32" ? scaled[row] : channel.calibration === null;
    return isScaled && channel.type === "eeg" && microvoltsPerUnit(channel.unit) !== undefined
      ? [{ channel: row, label: channel.label, type: channel.type, unit: channel.unit }]
      : [];
  });
  if (usable.length === 0) return { reason: "no calibrated EEG channel" };
  const badRate = whyNotRate(rate);
  if (badRate !== undefined) return { reason: badRate };
  const graph = electrodeGraph(usable);
  const { traces, missing } = resolveMontage(standardMontage("longitudinal", graph), graph);
  const byName = new Map(traces.map((trace) => [trace.name, trace]));
  const reasons = new Map(missing.map(({ name, reason }) => [name, reason]));
  const leftOut = missing.filter(({ name }) => MIRRORS.some((pair) => pair.includes(name)))
    .map(({ name, reason }) => ({ name, reason }));
  const paired = MIRRORS.filter((pair) => pair.every((name) => byName.has(name)));
  const named = ([0, 1] as const).map((side) =>
    (paired.length > 0 ? paired : MIRRORS).map((pair) => pair[side]).filter((name) =>
      byName.has(name)
    )
  );
  if (named.every((names) => names.length === 0)) {
    const [first] = missing;
    return {
      reason: `no derivation of the longitudinal montage: ${first?.reason ?? "no electrode"}`,
    };
  }
  for (const pair of MIRRORS) {
    if (paired.length === 0 || paired.includes(pair)) continue;
    const own = pair.find((name) => byName.has(name));
    const other = pair.find((name) => !byName.has(name));
    if (own === undefined || other === undefined) continue;
    leftOut.push({
      name: own,
      reason: `its mirror ${other} cannot be derived: ${reasons.get(other)}`,
    });
  }
  const isOneSided = paired.length === 0;
  const choice = AEEG_CHOICES.find((pair) =>
    pair.every((name, side) =>
      isOneSided && named[side]!.length === 0 || named[side]!.includes(name)
    )
  );
  const sideOf = (side: 0 | 1): PlannedSide => ({
    derivations: named[side]!.map((name) => derivationOf(byName.get(name)!)),
    aeeg: choice === undefined ? -1 : named[side]!.indexOf(choice[side]),
  });
  return {
    samplesPerSecond: rateHz(rate),
    sides: [sideOf(0), sideOf(1)],
    pairCount: paired.length,
    leftOut,
    scales: scaled.map((scale) => scale ?? undefined),
  };
}

function derivationOf({ name, path, terms }: ResolvedTrace): PlannedDerivation {
  return { name, path, terms };
}

/** Windows are of whole samples, and the transform knows the factors 2, 3 and 5. */
function whyNotRate(rate: SampleRate): string | undefined {
  const hertz = rateHz(rate);
  if (!Number.isInteger(hertz)) {
    return `${hertz.toFixed(4)} samples a second are not a whole number`;
  }
  if (hertz < RATE_MIN) return `${hertz} samples a second are fewer than ${RATE_MIN}`;
  if (hertz > RATE_MAX) return `${hertz} samples a second are more than ${RATE_MAX}`;
  let rest = hertz * WINDOW_SECONDS;
  for (const factor of [2, 3, 5]) while (rest % factor === 0) rest /= factor;
  return rest === 1 ? undefined : `${hertz} samples a second have another factor than 2, 3 and 5`;
}
