/**
 * The families of trends that a reader can show: how high each is and where its plots stand.
 *
 * Every panel has the gutters of the page above, so that one axis runs through all of them.
 *
 * @module
 */

import type { Box, CanvasSize } from "../layout.ts";
import type { TrendSide } from "./trend_state.ts";

/** Gutters of the page, CSS pixels: names to the left, scales to the right. */
export const DAY_GUTTERS = { left: 92, right: 62 } as const;

/** A family: one panel on screen, left above right where sides are apart. */
export interface TrendFamily {
  readonly id: string;
  readonly name: string;
  /** Panels of the answer that it shows. */
  readonly panels: readonly string[];
  /** CSS pixels of one plot. */
  readonly plotHeight: number;
  /** Left and right have plots of their own. */
  readonly isSided: boolean;
}

/** All families, in the order they are shown in at first. */
export const TREND_FAMILIES = [
  family("coverage", "Coverage and assessable time", ["coverage"], 30, false),
  family("spectrogram", "Spectrogram", ["spectrogram.left", "spectrogram.right"], 76, true),
  family("asymmetry", "Asymmetry", ["asymmetry"], 64, false),
  family("aeeg", "aEEG", ["aeeg.left", "aeeg.right"], 64, true),
  family("suppression", "Suppression ratio", ["suppression.left", "suppression.right"], 34, true),
  family("power", "Band power", ["power.left", "power.right"], 88, true),
  family("alpha-delta", "Alpha/delta ratio", ["alpha-delta"], 40, true),
] as const;

/** The name of a family. */
export type FamilyId = (typeof TREND_FAMILIES)[number]["id"];

/** Families that are shown before a reader has chosen. */
export const FAMILIES_DEFAULT: readonly FamilyId[] = [
  "coverage",
  "spectrogram",
  "asymmetry",
  "aeeg",
];

/** Reads families in order out of a kept setting; unknown and repeated ones are left out. */
export function parseFamilies(text: string): FamilyId[] {
  const known = text.split(",").filter((id): id is FamilyId =>
    TREND_FAMILIES.some((family) => family.id === id)
  );
  return [...new Set(known)];
}

/** The same list with a family one place up or down. */
export function moveFamily(
  families: readonly FamilyId[],
  id: FamilyId,
  by: -1 | 1,
): readonly FamilyId[] {
  const from = families.indexOf(id);
  const to = from + by;
  if (from < 0 || to < 0 || to >= families.length) return families;
  const moved = families.filter((other) => other !== id);
  moved.splice(to, 0, id);
  return moved;
}

/** The family of a name. */
export function familyOf(id: FamilyId): TrendFamily & { readonly id: FamilyId } {
  return TREND_FAMILIES.find((family) => family.id === id)!;
}

/** Sides of a family's plots: one for both, or left and right. */
export function sidesOf(
  { isSided }: Pick<TrendFamily, "isSided">,
): readonly (TrendSide | "both")[] {
  return isSided ? ["left", "right"] : ["both"];
}

const PLOT_GAP = 6;

/** Height of a family's canvas, CSS pixels. */
export function familyHeight(family: TrendFamily): number {
  const count = sidesOf(family).length;
  return count * family.plotHeight + count * PLOT_GAP;
}

/** Where the plots of a family stand, device pixels, in the order of its sides. */
export function plotsOf(family: TrendFamily, { width, scale }: CanvasSize): Box[] {
  const css = (pixels: number) => Math.round(pixels * scale);
  return sidesOf(family).map((_, index) => ({
    x: css(DAY_GUTTERS.left),
    y: css(PLOT_GAP / 2 + index * (family.plotHeight + PLOT_GAP)),
    width: Math.max(1, width - css(DAY_GUTTERS.left) - css(DAY_GUTTERS.right)),
    height: css(family.plotHeight),
  }));
}

function family<Id extends string>(
  id: Id,
  name: string,
  panels: readonly string[],
  plotHeight: number,
  isSided: boolean,
) {
  return { id, name, panels, plotHeight, isSided };
}
