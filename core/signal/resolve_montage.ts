/**
 * Layer 2. Montages on the channels that were recorded: which traces exist, and out of what.
 *
 * Sole owner of the weights of derived traces. Every trace comes with the path it was summed over, and
 * every one that cannot be had with the reason, in words for the screen. Weights turn channels in their
 * own units into microvolts. Hazard: a trace is only as good as the worst channel on its path; whoever
 * applies the weights must blank it where one of them is missing or stuck.
 *
 * @module
 */

import { assert } from "../assert.ts";
import type { DerivationTerm } from "./derive.ts";
import {
  connectedParts,
  type ElectrodeGraph,
  type GraphEdge,
  isAveraged,
  pathsFrom,
  type PathStep,
  pathText,
  UNSTATED_REFERENCE,
  withoutElectrodes,
} from "./electrode_graph.ts";
import type { TraceGroups, TraceRequest } from "./standard_montages.ts";

/** A trace that these channels give, in microvolts. */
export interface ResolvedTrace {
  readonly name: string;
  /** Electrode whose side of the head the trace belongs to. */
  readonly active: string;
  readonly against: readonly string[];
  /** Index of its group; neighbours of one number belong together. */
  readonly group: number;
  /** By channel, ascending. */
  readonly terms: readonly DerivationTerm[];
  /** `−(FP1-F7) + (FP1-F3)`; for means how many channels go in. */
  readonly path: string;
  /** Electrodes it looks at that are bad: it is shown, and never as if it were assessable. */
  readonly bad: readonly string[];
}

/** A trace that these channels cannot give. */
export interface MissingTrace {
  readonly name: string;
  readonly group: number;
  readonly reason: string;
}

/** What a montage is on a recording. */
export interface ResolvedMontage {
  readonly traces: readonly ResolvedTrace[];
  readonly missing: readonly MissingTrace[];
  /** Electrodes in the average, where one was asked for. */
  readonly average: readonly string[];
  /** True when traces rest on channels without a stated reference sharing one. */
  readonly assumesReference: boolean;
}

/**
 * Finds every trace's weights.
 *
 * @param options.notAveraged Electrodes to leave out of the average, beside ears and mastoids.
 * @param options.bad Electrodes that are in no average, no Laplacian of another, and on no path between two
 * others. A trace that is named after one stays, and says so.
 *
 * @example An average reference of three electrodes
 * ```ts
 * import { deepStrictEqual } from "node:assert/strict";
 * import { electrodeGraph, resolveMontage } from "@wavekeep/core/signal";
 *
 * const channels = ["Fp1", "Cz", "O2"]
 *   .map((name, channel) => ({ channel, label: `EEG ${name}-Ref`, type: "eeg" as const, unit: "mV" }));
 * const request = { name: "Cz-avg", active: "Cz", against: "average" as const };
 * const { traces, average } = resolveMontage([[request]], electrodeGraph(channels));
 * deepStrictEqual(average, ["Fp1", "Cz", "O2"]);
 * deepStrictEqual(traces[0]!.terms.map(({ weight }) => Math.round(weight)), [-333, 667, -333]);
 * ```
 */
export function resolveMontage(
  groups: TraceGroups,
  graph: ElectrodeGraph,
  options: { readonly notAveraged?: readonly string[]; readonly bad?: readonly string[] } = {},
): ResolvedMontage {
  const bad = options.bad ?? [];
  const good = bad.length === 0 ? graph : withoutElectrodes(graph, bad);
  const average = averagedOf(good, options.notAveraged ?? []);
  const traces: ResolvedTrace[] = [];
  const missing: MissingTrace[] = [];
  let assumesReference = false;
  groups.forEach((requests, group) => {
    for (const request of requests) {
      const { name, active } = request;
      const against = againstOf(request, average, bad);
      const named = [active, ...against].filter((place) => bad.includes(place));
      const isAverage = request.against === "average";
      const found = resolveTrace(active, against, named.length > 0 ? graph : good, isAverage);
      if (typeof found === "string") {
        // What the whole graph has, only the bad electrodes stand in the way of.
        const isHidden = good !== graph && named.length === 0 &&
          typeof resolveTrace(active, against, graph, isAverage) !== "string";
        const reason = isHidden ? `${found} but through bad electrodes` : found;
        missing.push({ name, group, reason });
        continue;
      }
      assumesReference ||= found.edges.some(({ against }) => against === UNSTATED_REFERENCE);
      const { terms, path } = found;
      traces.push({ name, active, against, group, terms, path, bad: named });
    }
  });
  const isAsked = groups.flat().some(({ against }) => against === "average");
  return { traces, missing, average: isAsked ? average : [], assumesReference };
}

/** The electrodes of the largest connected part that belong into an average. */
function averagedOf(graph: ElectrodeGraph, left: readonly string[]): string[] {
  const parts = connectedParts(graph)
    .map((part) => new Set(part.filter((place) => isAveraged(place) && !left.includes(place))))
    .sort((a, b) => b.size - a.size);
  return graph.places.filter((place) => parts[0]?.has(place));
}

/** What a trace is against: where its name leaves that open, the good ones. */
function againstOf(
  { against, isThinned }: TraceRequest,
  average: readonly string[],
  bad: readonly string[],
): readonly string[] {
  if (against === "average") return average;
  if (!isThinned) return against;
  const good = against.filter((place) => !bad.includes(place));
  return good.length > 0 ? good : against;
}

function resolveTrace(
  active: string,
  others: readonly string[],
  graph: ElectrodeGraph,
  isAverage: boolean,
): { terms: DerivationTerm[]; path: string; edges: GraphEdge[] } | string {
  assert(isAverage || others.length > 0, "a trace is against something");
  if (isAverage && others.length < 2) return "fewer than two electrodes to average";
  for (const place of [active, ...others]) {
    if (!graph.places.includes(place)) return `no usable channel has ${place}`;
  }
  const paths = pathsFrom(graph, active);
  const unreached = others.find((place) => !paths.has(place));
  if (unreached !== undefined) {
    return isAverage
      ? `no recorded channels connect ${active} with the electrodes of the average`
      : `no recorded channels connect ${active} with ${unreached}`;
  }
  return addPaths(others.map((place) => paths.get(place)!));
}

/** The mean of several paths: counted whole, divided once. */
function addPaths(
  paths: readonly PathStep[][],
): { terms: DerivationTerm[]; path: string; edges: GraphEdge[] } {
  const counts = new Map<GraphEdge, number>();
  for (const { edge, sign } of paths.flat()) counts.set(edge, (counts.get(edge) ?? 0) + sign);
  const used = [...counts].filter(([, count]) => count !== 0)
    .sort(([a], [b]) => a.channel - b.channel);
  return {
    terms: used.map(([{ channel, microvoltsPerUnit }, count]) => ({
      channel,
      weight: count * microvoltsPerUnit / paths.length,
    })),
    path: paths.length === 1
      ? pathText(paths[0]!)
      : `mean of ${paths.length} differences over ${used.length} channels`,
    edges: used.map(([edge]) => edge),
  };
}
