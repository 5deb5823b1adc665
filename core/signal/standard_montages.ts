/**
 * Layer 2. The montages every reader expects, as tables of the 10-20 system.
 *
 * Sole owner of their order: left above right, anterior above posterior, chains in straight lines of
 * equal distance, groups apart. Right above left is the same montage in a mirror, for readers who are used
 * to it. Which of their traces exist in a recording is `resolve_montage.ts`'s to say.
 *
 * @see ACNS Guideline 3, a proposal for standard montages (Acharya 2016): order, groups and names.
 * @module
 */

import { type ElectrodeGraph, isAveraged } from "./electrode_graph.ts";

/** Montages that are known by name. */
export const MONTAGE_KINDS = [
  "recorded",
  "longitudinal",
  "transverse",
  "average",
  "laplacian",
  "cz",
  "ears",
  "own",
] as const;
export type MontageKind = typeof MONTAGE_KINDS[number];

/** One trace that is wanted: an electrode against the mean of others, or against the average of all. */
export interface TraceRequest {
  readonly name: string;
  readonly active: string;
  readonly against: readonly string[] | "average";
  /** True where the name does not list `against`: what is bad there may be left out of the mean. */
  readonly isThinned?: boolean;
}

/** Traces in groups that are drawn apart. */
export type TraceGroups = readonly (readonly TraceRequest[])[];

/** From the left temple over the midline to the right one. */
const LONGITUDINAL = [
  "Fp1-F7 F7-T7 T7-P7 P7-O1",
  "Fp1-F3 F3-C3 C3-P3 P3-O1",
  "Fz-Cz Cz-Pz",
  "Fp2-F4 F4-C4 C4-P4 P4-O2",
  "Fp2-F8 F8-T8 T8-P8 P8-O2",
];

const TRANSVERSE = [
  "F7-Fp1 Fp1-Fp2 Fp2-F8",
  "F7-F3 F3-Fz Fz-F4 F4-F8",
  "T7-C3 C3-Cz Cz-C4 C4-T8",
  "P7-P3 P3-Pz Pz-P4 P4-P8",
  "P7-O1 O1-O2 O2-P8",
];

/** The 10-20 electrodes in pairs, left above right; midline last. */
const REFERENTIAL = [
  "Fp1 Fp2",
  "F7 F8",
  "T7 T8",
  "P7 P8",
  "F3 F4",
  "C3 C4",
  "P3 P4",
  "O1 O2",
  "Fz Cz Pz",
];

/** Neighbours in front, behind, left and right on the grid of the 10-20 system; equal weights. */
const LAPLACIAN: Readonly<Record<string, string>> = {
  Fp1: "Fp2 F3 F7",
  Fp2: "Fp1 F4 F8",
  F7: "Fp1 F3 T7",
  F8: "Fp2 F4 T8",
  T7: "F7 C3 P7",
  T8: "F8 C4 P8",
  P7: "T7 P3 O1",
  P8: "T8 P4 O2",
  F3: "Fp1 F7 Fz C3",
  F4: "Fp2 F8 Fz C4",
  C3: "F3 T7 Cz P3",
  C4: "F4 T8 Cz P4",
  P3: "C3 P7 Pz O1",
  P4: "C4 P8 Pz O2",
  O1: "P7 P3 O2",
  O2: "P8 P4 O1",
  Fz: "F3 F4 Cz",
  Cz: "Fz C3 C4 Pz",
  Pz: "Cz P3 P4",
};

/** What stands for an ear, best first. */
const LEFT_EAR = ["A1", "M1"];
const RIGHT_EAR = ["A2", "M2"];
/** Recorded references that are both ears joined. */
const JOINED_EARS = ["LE", "A1A2", "A12", "M1M2", "LER"];

/**
 * The traces of a standard montage.
 *
 * Bipolar chains are the tables above. Referential montages go on, after the 10-20 electrodes, with
 * whatever other electrodes the graph has; of the ears they take what the graph has.
 *
 * @param options.isRightFirst Right above left: every electrode's place is taken by that of the other side.
 *
 * @example
 * ```ts
 * import { strictEqual } from "node:assert/strict";
 * import { electrodeGraph, standardMontage } from "@wavekeep/core/signal";
 *
 * const [first] = standardMontage("longitudinal", electrodeGraph([]), { isRightFirst: true });
 * strictEqual(first![0]!.name, "Fp2-F8");
 * ```
 */
export function standardMontage(
  kind: Exclude<MontageKind, "recorded" | "own">,
  graph: ElectrodeGraph,
  options: { readonly isRightFirst?: boolean } = {},
): TraceGroups {
  const table = (groups: readonly string[]) =>
    groups.map((group) => (options.isRightFirst ? mirrored(group) : group).split(" "));
  const referential = (request: (active: string) => TraceRequest) =>
    referentialGroups(table(REFERENTIAL), graph, request);
  switch (kind) {
    case "longitudinal":
      return table(LONGITUDINAL).map(pairs);
    case "transverse":
      return table(TRANSVERSE).map(pairs);
    case "average":
      return referential((active) => ({ name: `${active}-avg`, active, against: "average" }));
    case "cz":
      return referential((active) => trace(active, ["Cz"]));
    case "ears":
      return referential((active) => trace(active, earsOf(active, graph)));
    case "laplacian":
      return table(REFERENTIAL).map((group) =>
        group.map((active) => ({
          name: `${active}-lap`,
          active,
          against: LAPLACIAN[active]!.split(" "),
          isThinned: true,
        }))
      );
  }
}

/** Odd numbers are left, the next even ones lie across. */
function mirrored(names: string): string {
  return names.replaceAll(/\d+/g, (number) => String(Number(number) + (Number(number) % 2 || -1)));
}

function pairs(chain: readonly string[]): TraceRequest[] {
  return chain.map((pair) => {
    const [active = "", against = ""] = pair.split("-");
    return trace(active, [against]);
  });
}

function trace(active: string, against: readonly string[]): TraceRequest {
  return { name: `${active}-${against.join("")}`, active, against };
}

function referentialGroups(
  standard: readonly (readonly string[])[],
  graph: ElectrodeGraph,
  request: (active: string) => TraceRequest,
): TraceGroups {
  const known = new Set(standard.flat());
  const others = graph.places.filter((place) => isAveraged(place) && !known.has(place));
  return [...standard, others].map((group) =>
    group.map(request).filter(({ active, against }) => !against.includes(active))
  ).filter((group) => group.length > 0);
}

/** The ear of the same side; both for the midline. */
function earsOf(active: string, graph: ElectrodeGraph): string[] {
  const has = (place: string) => graph.places.includes(place);
  const left = LEFT_EAR.find(has);
  const right = RIGHT_EAR.find(has);
  const joined = JOINED_EARS.find(has);
  if (left === undefined && right === undefined && joined !== undefined) return [joined];
  const isLeft = /[13579]$/.test(active);
  const isMidline = active.endsWith("z");
  return [
    ...(isLeft || isMidline ? [left ?? "A1"] : []),
    ...(!isLeft || isMidline ? [right ?? "A2"] : []),
  ];
}
