/**
 * What trends say in words: the value under the cursor, what a panel is, how far it has been computed.
 *
 * @module
 */

import type { TrendPanel, TrendsAnswer, TrendStream } from "@wavekeep/core/trend";
import { bandPower } from "./draw_trends.ts";
import { type FamilyId, familyOf } from "./trend_layout.ts";
import {
  columnAt,
  sharesOf,
  shownStreams,
  STATE_NAMES,
  stateOf,
  TREND_SIDES,
  type TrendSide,
} from "./trend_state.ts";

/** A point on the panels. */
export interface TrendPoint {
  /** Seconds from recording start. */
  readonly moment: number;
  /** Where the pointer is on a spectrum. */
  readonly hertz?: number | undefined;
}

/**
 * What a family says at a point: the value, or why there is none.
 *
 * @example
 * ```ts
 * import { strictEqual } from "node:assert/strict";
 * import { testTrends, testTrendStream } from "../../testing/test_trends.ts";
 * import { valueText } from "./trend_texts.ts";
 *
 * const answer = testTrends([testTrendStream([{}, { notComputed: 1 }])]);
 * strictEqual(valueText(answer, "aeeg", { moment: 3 }), "left 5–20 µV, right 8–90 µV");
 * strictEqual(valueText(answer, "aeeg", { moment: 13 }), "not computed yet");
 * strictEqual(valueText(answer, "aeeg", { moment: 23 }), "no data");
 * ```
 */
export function valueText(answer: TrendsAnswer, id: FamilyId, point: TrendPoint): string {
  const column = columnAt(answer, point.moment);
  if (column === undefined) return STATE_NAMES.missing;
  const { stream, index } = column;
  const at = (name: string) => stream.arrays[name]?.[index] ?? NaN;
  const sides = (of: (side: TrendSide) => string) => bothSides(stream, index, of);
  switch (id) {
    case "coverage":
      return coverageText(stream, index);
    case "spectrogram":
      return sides((side) => spectrumText(answer, stream, index, { side, hertz: point.hertz }));
    case "asymmetry": {
      const relative = at("asymmetry_relative");
      if (Number.isNaN(relative)) return STATE_NAMES[stateOrNothing(stream, index, "both")];
      const side = relative === 0 ? "even" : `more power ${relative < 0 ? "left" : "right"}`;
      return `relative ${signed(relative)} (${side}), absolute ${
        at("asymmetry_absolute").toFixed(2)
      }`;
    }
    case "aeeg":
      return sides((side) => {
        const [lower, upper] = [at(`aeeg_lower_${side}`), at(`aeeg_upper_${side}`)];
        return Number.isNaN(lower) ? "" : `${round(lower)}–${round(upper)} µV`;
      });
    case "suppression":
      return sides((side) => finite(at(`suppression_${side}`), (value) => `${round(value)} %`));
    case "power":
      return sides((side) => {
        const count = answer.bands.length;
        const texts = answer.bands.slice(0, 4).map(({ id }, band) =>
          finite(
            bandPower(stream, { side, index, band, count }),
            (value) => `${id} ${round(value)}`,
          )
        );
        return texts.some((text) => text === "") ? "" : `${texts.join(", ")} µV²`;
      });
    case "alpha-delta":
      return sides((side) => finite(at(`alpha_delta_${side}`), (value) => value.toFixed(2)));
  }
}

/** Both sides in one text; a side without a value says why. */
function bothSides(
  stream: TrendStream,
  index: number,
  of: (side: TrendSide) => string,
): string {
  const [left, right] = TREND_SIDES.map((side) =>
    of(side) || STATE_NAMES[stateOrNothing(stream, index, side)]
  );
  const isWord = Object.values<string>(STATE_NAMES).includes(left!);
  return isWord && left === right ? left! : `left ${left}, right ${right}`;
}

/** Why there is no value: what is assessable and has none has no data for this trend. */
function stateOrNothing(stream: TrendStream, index: number, side: TrendSide | "both") {
  const state = stateOf(stream, index, side);
  return state === "assessable" ? "missing" : state;
}

function coverageText(stream: TrendStream, index: number): string {
  const percent = (share: number) => `${Math.round(100 * share)} %`;
  const { missing, ...left } = sharesOf(stream, index, "left");
  const right = sharesOf(stream, index, "right");
  const texts = [
    `assessable left ${percent(left.assessable)}, right ${percent(right.assessable)}`,
    ...left["not-assessable"] + right["not-assessable"] === 0 ? [] : [
      `not assessable left ${percent(left["not-assessable"])}, right ${
        percent(right["not-assessable"])
      }`,
    ],
    ...left["not-computed"] === 0 ? [] : [`not computed yet ${percent(left["not-computed"])}`],
    ...missing === 0 ? [] : [`no data ${percent(missing)}`],
  ];
  return texts.join("; ");
}

/** The density at a frequency, or the strongest line of the column. */
function spectrumText(
  answer: TrendsAnswer,
  stream: TrendStream,
  index: number,
  { side, hertz }: { readonly side: TrendSide; readonly hertz: number | undefined },
): string {
  const values = stream.arrays[`spectrum_${side}`];
  const count = answer["bin_count"];
  if (values === undefined) return "";
  const column = values.subarray(index * count, (index + 1) * count);
  let line = 0;
  if (hertz === undefined) {
    for (let at = 1; at < column.length; at++) if (column[at]! > column[line]!) line = at;
  } else {
    line = Math.min(Math.max(0, Math.round(hertz / answer["bin_hertz"]) - 1), count - 1);
  }
  const value = column[line] ?? -0x8000;
  if (value === -0x8000) return "";
  const text = `${signed(value / 100, 1)} dB at ${(line + 1) * answer["bin_hertz"]} Hz`;
  return hertz === undefined ? `strongest ${text}` : text;
}

/** What a family's panels are made of, in one line: what stands on the panel. */
export function captionOf(answer: TrendsAnswer, id: FamilyId): string {
  const panels = panelsOf(answer, id);
  const [panel] = panels;
  if (panel === undefined) return "not described by the server";
  const count = Math.max(
    0,
    ...shownStreams(answer).map(({ sides }) => sides.left.derivations.length),
  );
  const what = id === "aeeg"
    ? aeegNames(answer)
    : panel.side === "both" && id !== "alpha-delta"
    ? `${count} ${count === 1 ? "pair" : "pairs"} of bipolar derivations`
    : `mean of ${count} bipolar derivations a side`;
  return [
    what,
    panel.window,
    ...panel.band === null ? [] : [`${panel.band[0]}–${panel.band[1]} Hz`],
    panel.unit,
    `${panel.algorithm} ${panel.version}`,
    columnText(answer["column_seconds"]),
  ].join(" · ");
}

/** The panels of the answer that a family shows. */
export function panelsOf(answer: TrendsAnswer, id: FamilyId): TrendPanel[] {
  return familyOf(id).panels.flatMap((name) => answer.panels.filter((panel) => panel.id === name));
}

function aeegNames(answer: TrendsAnswer): string {
  const names = shownStreams(answer).map(({ sides }) =>
    [sides.left.aeeg?.name, sides.right.aeeg?.name].filter((name) => name !== undefined).join(", ")
  ).filter((name) => name !== "");
  return [...new Set(names)].join("; ") || "no derivation that both sides have";
}

function columnText(seconds: number): string {
  return `a column is ${
    seconds % 60 === 0 && seconds > 60 ? `${seconds / 60} min` : `${seconds} s`
  }`;
}

/** Seconds from recording start before which everything stored has its trends; undefined: all has. */
export function computedUntil(answer: TrendsAnswer): number | undefined {
  if (answer.complete) return undefined;
  // What ended long ago and has everything does not hold back what is said about the live edge.
  const lagging = shownStreams(answer)
    .filter(({ arrays }) => arrays["not_computed"]!.some((share) => share > 0))
    .map((stream) => Number(stream["computed_until"]));
  return lagging.length === 0 ? undefined : Math.min(...lagging);
}

function finite(value: number, text: (value: number) => string): string {
  return Number.isNaN(value) ? "" : text(value);
}

function signed(value: number, digits = 2): string {
  const text = Math.abs(value).toFixed(digits);
  return Number(text) === 0 ? text : `${value < 0 ? "−" : "+"}${text}`;
}

function round(value: number): string {
  return String(Number(value.toPrecision(value >= 100 ? 3 : 2)));
}
