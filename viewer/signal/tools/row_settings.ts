/**
 * What the reader has set for single rows: size and filters, and their spelling in an address.
 *
 * Rows go by name, so that a setting follows its row through segments and back to its montage. Size is a
 * matter of drawing and never reaches the worker; filters go with the view. Hiding is the page's own.
 *
 * @module
 */

import { HIGH_FILTERS, LOW_FILTERS, NOTCHES } from "../page_view.ts";
import type { RowFilters } from "../row_filters.ts";

/** Settings of one row; what is absent is the page's. */
export interface RowSettings extends RowFilters {
  /** 2 draws the row twice as large as its scale says. */
  readonly factor?: number;
}

/** Settings by row name; rows without any are not in it. */
export type AllRowSettings = Readonly<Record<string, RowSettings>>;

/** Sizes on offer. */
export const FACTORS = [0.1, 0.2, 0.5, 1, 2, 5, 10] as const;

/** An address longer than this is not sent around: settings of rows then stay on this page. */
const QUERY_LENGTH_MAX = 400;

/** Letters of the filters in an address. */
const FILTER_LETTERS = [["lowHz", "l", LOW_FILTERS], ["highHz", "h", HIGH_FILTERS], [
  "notchHz",
  "n",
  NOTCHES,
]] as const;

/**
 * The settings with one row changed; `undefined` gives a member back to the page.
 *
 * @example
 * ```ts
 * import { deepStrictEqual } from "node:assert/strict";
 * import { withRow } from "./row_settings.ts";
 *
 * const set = withRow({}, "ECG", { factor: 2, lowHz: null });
 * deepStrictEqual(withRow(set, "ECG", { factor: undefined }), { ECG: { lowHz: null } });
 * deepStrictEqual(withRow(set, "ECG", { factor: 1, lowHz: undefined }), {});
 * ```
 */
export function withRow(
  all: AllRowSettings,
  name: string,
  change: { readonly [Key in keyof RowSettings]?: RowSettings[Key] | undefined },
): AllRowSettings {
  const merged = Object.entries({ ...all[name], ...change })
    .filter(([key, value]) => value !== undefined && !(key === "factor" && value === 1));
  const { [name]: _, ...others } = all;
  return merged.length === 0 ? others : { ...others, [name]: Object.fromEntries(merged) };
}

/** The part of the settings that the worker needs; undefined where there is none. */
export function rowFiltersOf(all: AllRowSettings): Record<string, RowFilters> | undefined {
  const filters = Object.entries(all).flatMap(([name, { factor: _, ...own }]) =>
    Object.keys(own).length === 0 ? [] : [[name, own] as const]
  );
  return filters.length === 0 ? undefined : Object.fromEntries(filters);
}

/** Names of the rows of a montage that have settings of their own. */
export function ownRows(
  rows: readonly { readonly name: string }[],
  all: AllRowSettings,
): string[] {
  return rows.map(({ name }) => name).filter((name) => all[name] !== undefined);
}

/** The settings as an address parameter: `ECG~x2~l0.1~noff.Fp1-F7~x0.5`; none where they are long. */
export function rowsQuery(all: AllRowSettings): { rows?: string } {
  const text = Object.entries(all).map(([name, settings]) =>
    [
      encodeURIComponent(name).replaceAll(".", "%2E").replaceAll("~", "%7E"),
      ...settings.factor === undefined ? [] : [`x${settings.factor}`.replace(".", "p")],
      ...FILTER_LETTERS.flatMap(([key, letter]) => {
        const hertz = settings[key];
        return hertz === undefined ? [] : [`${letter}${hertz ?? "off"}`.replace(".", "p")];
      }),
    ].join("~")
  ).join(".");
  return text === "" || text.length > QUERY_LENGTH_MAX ? {} : { rows: text };
}

/** Reads {@link rowsQuery} back; what makes no sense is left out. */
export function parseRows(text: string | undefined): AllRowSettings {
  let all: AllRowSettings = {};
  for (const row of (text ?? "").split(".").slice(0, 256)) {
    const [name = "", ...parts] = row.split("~");
    for (const part of parts) {
      const value = part.slice(1).replace("p", ".");
      const factor = FACTORS.find((known) => part[0] === "x" && value === String(known));
      if (factor !== undefined) all = withRow(all, decoded(name), { factor });
      for (const [key, letter, steps] of FILTER_LETTERS) {
        const step = (steps as readonly (number | null)[])
          .find((hertz) => value === String(hertz ?? "off"));
        if (part[0] === letter && step !== undefined) {
          all = withRow(all, decoded(name), { [key]: step });
        }
      }
    }
  }
  return all;
}

function decoded(name: string): string {
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}
