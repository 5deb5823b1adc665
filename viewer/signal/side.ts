/**
 * Which half of the head a label looks at: odd numbers left, even right, z midline.
 *
 * It decides colour, never order or sign, and a label that says nothing stays "other". A bipolar pair
 * has a side only when both electrodes have the same one.
 *
 * @module
 */

import type { Side } from "./recording_model.ts";

const ELECTRODE = /^(?:A|AF|C|CP|F|FC|FP|FT|I|M|N|O|P|PO|T|TP)(\d{1,2}|Z)$/;

/**
 * The side of a label such as `Fp1`, `EEG T4-Ref` or `FP1-F7`.
 *
 * @example
 * ```ts
 * import { strictEqual } from "node:assert/strict";
 * import { sideOfLabel } from "./side.ts";
 *
 * strictEqual(sideOfLabel("FP1-F7"), "left");
 * strictEqual(sideOfLabel("FT9-FT10"), "other");
 * ```
 */
export function sideOfLabel(label: string): Side {
  const bare = label.trim().replace(/^(?:EEG|POL)\s+/i, "").replaceAll(".", "");
  const sides = bare.split("-").slice(0, 2).map(sideOfElectrode);
  const [first, second] = sides;
  if (first === undefined) return "other";
  if (second === undefined || second === "other") return first;
  return first === second ? first : "other";
}

function sideOfElectrode(name: string): Side {
  const number = ELECTRODE.exec(name.trim().toUpperCase())?.[1];
  if (number === undefined) return "other";
  if (number === "Z") return "midline";
  return Number(number) % 2 === 1 ? "left" : "right";
}
