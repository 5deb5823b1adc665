/**
 * What is worth saying at a row's label, worked out once for a view and not for each drawing.
 *
 * Sole owner of the words at a label: whatever makes a row other than the page says is printed there.
 *
 * @module
 */

import type { MontageModel } from "../montage_model.ts";
import type { PageView } from "../page_view.ts";
import type { RecordingModel } from "../recording_model.ts";
import { filterNote } from "../row_filters.ts";
import type { AllRowSettings } from "./row_settings.ts";

/** One row. */
export interface RowFacts {
  /** Neighbours of one number stand together. */
  readonly group: number;
  /** 2 is drawn twice as large as the row's scale says. */
  readonly factor: number;
  /** `F7 bad`, or empty. The label is struck, the trace muted. */
  readonly bad: string;
  /** What else differs: filters of its own, and the path it was derived by, where that fits. */
  readonly notes: readonly string[];
}

/** A path longer than this is told by its number of channels; in full it stands in the row's menu. */
const PATH_LENGTH_MAX = 22;

/**
 * The facts of every row of a montage.
 *
 * @param model As the montage shows it: its rates say which filters exist.
 */
export function rowFacts(
  montage: Pick<MontageModel, "rows" | "paths" | "groups" | "bad">,
  view: PageView,
  settings: AllRowSettings,
  model?: RecordingModel,
): RowFacts[] {
  const rates = model === undefined ? new Map<number, number>() : lowestRates(model);
  return montage.rows.map((row, index) => ({
    group: montage.groups[index] ?? 0,
    factor: settings[row.name]?.factor ?? 1,
    bad: badText(montage.bad[index] ?? []),
    notes: [filterNote(row, view, rates.get(index)), pathNote(row.name, montage.paths[index] ?? "")]
      .filter((note) => note !== ""),
  }));
}

/** The lowest sample rate of each row, Hz. */
function lowestRates({ segments }: RecordingModel): Map<number, number> {
  const rates = new Map<number, number>();
  for (const { rate, channels } of segments.flatMap(({ streams }) => streams)) {
    const hertz = Number(rate.samples) / Number(rate.seconds);
    for (const { row } of channels) rates.set(row, Math.min(hertz, rates.get(row) ?? Infinity));
  }
  return rates;
}

/** Bad electrodes of a row in words; empty without. */
export function badText(bad: readonly string[]): string {
  return bad.length === 0 ? "" : `${bad.join(", ")} bad`;
}

/** A path is worth its words where it is more than the one channel that is called so. */
export function isTelling(name: string, path: string): boolean {
  return path !== "" && path.toUpperCase() !== `(${name.toUpperCase()})`;
}

/** `−(FP1-F7) + (FP1-F3)`, `from 4 channels`; empty where the row is a channel as recorded. */
function pathNote(name: string, path: string): string {
  if (!isTelling(name, path) || path.startsWith("mean of")) return "";
  const channels = path.split("; ")[0]!.match(/\(/g)?.length ?? 0;
  return path.length <= PATH_LENGTH_MAX ? path : channels > 1 ? `from ${channels} channels` : "";
}
