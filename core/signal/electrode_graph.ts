/**
 * Layer 2. Which electrodes the recorded channels connect, and by which channels.
 *
 * Every EEG channel is the difference of two places: electrode minus electrode in a bipolar recording,
 * electrode minus reference in a referential one. So channels are the edges of a graph of places, and a
 * difference nobody recorded is the signed sum of the channels on a path between the two. Where there is
 * no path the difference cannot be had from these data at all, and nothing here invents it.
 *
 * Hazard: channels whose label states no reference (`EEG Fp1`) are taken to share one. That is how such
 * files are made, but it is an assumption; {@link UNSTATED_REFERENCE} on a path says that it was used.
 *
 * @module
 */

import type { ChannelType } from "../recording/mod.ts";
import { microvoltsPerUnit } from "../recording/voltage.ts";
import { canonicalElectrode, hasPinNames, isPinName, parseChannelLabel } from "./channel_label.ts";

/** The reference of channels that name none. */
export const UNSTATED_REFERENCE = "unstated reference";

/** Places that pick up the heart, muscles or the other side as much as the brain beneath them. */
const NOT_AVERAGED: ReadonlySet<string> = new Set(
  "A1 A2 M1 M2 Sp1 Sp2 Sph1 Sph2 Pg1 Pg2 Nz".split(" "),
);

/** What a montage needs to know of a recorded channel. */
export interface MontageChannel {
  /** As the caller counts channels; terms name channels by it. */
  readonly channel: number;
  readonly label: string;
  readonly type: ChannelType;
  /** Physical dimension as written. Only voltages take part. */
  readonly unit: string;
}

/** One channel as an edge: `active` minus `against`. */
export interface GraphEdge {
  readonly channel: number;
  readonly label: string;
  readonly active: string;
  readonly against: string;
  readonly microvoltsPerUnit: number;
}

/** One channel of a path; sign −1 where it is walked from its reference to its electrode. */
export interface PathStep {
  readonly edge: GraphEdge;
  readonly sign: 1 | -1;
}

/** Places and the channels between them. */
export interface ElectrodeGraph {
  /** In the order of the channels. */
  readonly edges: readonly GraphEdge[];
  /** Places in the order in which channels name them: canonical electrodes, and references. */
  readonly places: readonly string[];
}

/**
 * The graph of a list of channels of one sample rate.
 *
 * @example CHB-MIT's F7-F3, which no channel holds
 * ```ts
 * import { strictEqual } from "node:assert/strict";
 * import { electrodeGraph, pathBetween, pathText } from "@wavekeep/core/signal";
 *
 * const graph = electrodeGraph(
 *   ["FP1-F7", "FP1-F3"].map((label, channel) => ({ channel, label, type: "eeg", unit: "uV" })),
 * );
 * strictEqual(pathText(pathBetween(graph, "F7", "F3")!), "−(FP1-F7) + (FP1-F3)");
 * strictEqual(pathBetween(graph, "F7", "Cz"), undefined);
 * ```
 */
export function electrodeGraph(channels: readonly MontageChannel[]): ElectrodeGraph {
  const hasPins = hasPinNames(channels.map(({ label }) => label));
  return graphOf(channels.flatMap((channel) => edgeOf(channel, hasPins) ?? []));
}

/** The graph without electrodes that are bad: no path leads through them. */
export function withoutElectrodes(
  graph: ElectrodeGraph,
  bad: readonly string[],
): ElectrodeGraph {
  const isBad = new Set(bad);
  return graphOf(
    graph.edges.filter(({ active, against }) => !isBad.has(active) && !isBad.has(against)),
  );
}

function graphOf(edges: readonly GraphEdge[]): ElectrodeGraph {
  return { edges, places: [...new Set(edges.flatMap(({ active, against }) => [active, against]))] };
}

function edgeOf(
  { channel, label, type, unit }: MontageChannel,
  hasPins: boolean,
): GraphEdge | undefined {
  const microvolts = microvoltsPerUnit(unit);
  if (type !== "eeg" || microvolts === undefined || (hasPins && isPinName(label))) return undefined;
  const { electrode, reference } = parseChannelLabel(label);
  // A reference that is written but not understood is not the one that nobody wrote.
  if (electrode === null || (reference === "" && label.includes("-"))) return undefined;
  const against = reference === ""
    ? UNSTATED_REFERENCE
    : canonicalElectrode(reference) ?? reference.toUpperCase();
  if (against === electrode) return undefined;
  return { channel, label, active: electrode, against, microvoltsPerUnit: microvolts };
}

/** Tells whether a place is an electrode of the 10-10 system that belongs into an average. */
export function isAveraged(place: string): boolean {
  return canonicalElectrode(place) === place && !NOT_AVERAGED.has(place);
}

/**
 * The fewest channels that lead from one place to another; of equally short paths the one whose
 * channels come first. Their signed sum is the potential of `from` minus that of `to`.
 *
 * @returns Undefined where no path is; empty where both are one place.
 */
export function pathBetween(
  graph: ElectrodeGraph,
  from: string,
  to: string,
): PathStep[] | undefined {
  return pathsFrom(graph, from).get(to);
}

/** The shortest path from a place to every place that is connected with it, itself included. */
export function pathsFrom(graph: ElectrodeGraph, from: string): Map<string, PathStep[]> {
  const paths = new Map<string, PathStep[]>();
  if (!graph.places.includes(from)) return paths;
  paths.set(from, []);
  // A Map yields what is added while it is walked: this is breadth first.
  for (const [place, path] of paths) {
    for (const edge of graph.edges) {
      const sign = edge.active === place ? 1 : edge.against === place ? -1 : undefined;
      if (sign === undefined) continue;
      const next = sign === 1 ? edge.against : edge.active;
      if (!paths.has(next)) paths.set(next, [...path, { edge, sign }]);
    }
  }
  return paths;
}

/** The places of each connected part, the one with the most places first. */
export function connectedParts(graph: ElectrodeGraph): string[][] {
  const left = new Set(graph.places);
  const parts: string[][] = [];
  for (const place of graph.places) {
    if (!left.has(place)) continue;
    const part = [...pathsFrom(graph, place).keys()];
    for (const member of part) left.delete(member);
    parts.push(part);
  }
  return parts.sort((a, b) => b.length - a.length);
}

/** A path as it is printed: `−(FP1-F7) + (FP1-F3)`. */
export function pathText(path: readonly PathStep[]): string {
  return path.map(({ edge, sign }, i) => {
    const operator = sign === 1 ? i === 0 ? "" : " + " : i === 0 ? "−" : " − ";
    return `${operator}(${edge.label})`;
  }).join("");
}
