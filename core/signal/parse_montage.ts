/**
 * Layer 2. A montage as a person types it.
 *
 * One trace a line: `F7-F3`, `C3-avg`, or `Fz-(A1+A2)` against a mean. An empty line starts a new group,
 * `#` starts a comment. What is not understood is told by line, and the other lines still count.
 *
 * @module
 */

import { canonicalElectrode } from "./channel_label.ts";
import type { TraceGroups, TraceRequest } from "./standard_montages.ts";

/** A line that is not a trace. */
export interface MontageFault {
  /** From 1. */
  readonly line: number;
  readonly text: string;
  readonly reason: string;
}

/** Lines of a montage that is read; more than any screen shows. */
const LINES_MAX = 256;

/**
 * Reads a montage.
 *
 * @example
 * ```ts
 * import { deepStrictEqual } from "node:assert/strict";
 * import { parseMontage } from "@wavekeep/core/signal";
 *
 * const { groups, faults } = parseMontage("f7-f3\nC3-avg\n\nFz-(A1+A2)  # midline\nnose");
 * deepStrictEqual(groups.map((group) => group.map(({ name }) => name)), [["F7-F3", "C3-avg"], ["Fz-A1A2"]]);
 * deepStrictEqual(faults, [{ line: 5, text: "nose", reason: "no reference after a dash" }]);
 * ```
 */
export function parseMontage(text: string): { groups: TraceGroups; faults: MontageFault[] } {
  const groups: TraceRequest[][] = [[]];
  const faults: MontageFault[] = [];
  const lines = text.split("\n");
  lines.slice(0, LINES_MAX).forEach((written, index) => {
    const line = written.split("#")[0]!.trim();
    if (line === "") {
      if (written.trim() === "" && groups.at(-1)!.length > 0) groups.push([]);
      return;
    }
    const found = parseTrace(line);
    if (typeof found !== "string") groups.at(-1)!.push(found);
    else faults.push({ line: index + 1, text: line, reason: found });
  });
  if (lines.length > LINES_MAX) {
    faults.push({ line: LINES_MAX + 1, text: "", reason: `more than ${LINES_MAX} lines` });
  }
  return { groups: groups.filter((group) => group.length > 0), faults };
}

/** The trace, or what is wrong with the line. */
function parseTrace(line: string): TraceRequest | string {
  const dash = line.indexOf("-");
  if (dash < 0) return "no reference after a dash";
  const left = line.slice(0, dash).trim();
  const right = line.slice(dash + 1).trim();
  const active = canonicalElectrode(left);
  if (active === null) return `${left || "nothing"} is not an electrode`;
  if (/^(?:avg|av|average)$/i.test(right)) {
    return { name: `${active}-avg`, active, against: "average" };
  }
  const isList = right.startsWith("(") && right.endsWith(")");
  const written = (isList ? right.slice(1, -1).split("+") : [right]).map((name) => name.trim());
  const against: string[] = [];
  for (const name of written) {
    const place = canonicalElectrode(name);
    if (place === null) return `${name || "nothing"} is not an electrode`;
    if (place === active) return `${active} is on both sides`;
    against.push(place);
  }
  return { name: `${active}-${against.join("")}`, active, against };
}
