/**
 * The filters of one row: the page's, those of its kind of channel, or what the reader has set for it.
 *
 * Sole owner of which of the three holds. A heart, a muscle and breathing have bands of their own; a filter
 * that is off on the page is off for them as well, so that "off" means what it says.
 *
 * @module
 */

import type { ChannelType } from "@wavekeep/core/recording";
import type { FilterSettings } from "@wavekeep/core/signal";
import type { PageView } from "./page_view.ts";
import type { RowModel } from "./recording_model.ts";

/** Corners that replace the page's; what is absent is the page's. */
export type RowFilters = Partial<Pick<FilterSettings, "lowHz" | "highHz" | "notchHz">>;

/** Bands by kind of channel, as sleep laboratories use them. */
export const TYPE_FILTERS: Readonly<Partial<Record<ChannelType, RowFilters>>> = {
  ecg: { lowHz: 0.3, highHz: 70 },
  eog: { lowHz: 0.3, highHz: 35 },
  emg: { lowHz: 10, highHz: 100 },
  respiration: { lowHz: 0.1, highHz: 15 },
};

/**
 * The filters a row is shown with.
 *
 * @example A muscle keeps its band, and loses it where the page has no filter
 * ```ts
 * import { deepStrictEqual } from "node:assert/strict";
 * import { FILTERS_OFF } from "@wavekeep/core/signal";
 * import { filtersOfRow } from "./row_filters.ts";
 *
 * const chin = { name: "EMG Chin", type: "emg" } as const;
 * const filters = { ...FILTERS_OFF, lowHz: 0.5 };
 * const { lowHz, highHz } = filtersOfRow(chin, { filters });
 * deepStrictEqual([lowHz, highHz], [10, null]);
 * deepStrictEqual(filtersOfRow(chin, { filters, rowFilters: { "EMG Chin": { lowHz: 1 } } }).lowHz, 1);
 * ```
 */
export function filtersOfRow(
  { name, type }: Pick<RowModel, "name" | "type">,
  { filters, rowFilters }: Pick<PageView, "filters" | "rowFilters">,
): FilterSettings {
  const ofType = TYPE_FILTERS[type];
  const own = rowFilters?.[name];
  if (ofType === undefined && own === undefined) return filters;
  const { lowHz, highHz } = filters;
  return {
    ...filters,
    lowHz: lowHz === null ? null : ofType?.lowHz ?? lowHz,
    highHz: highHz === null ? null : ofType?.highHz ?? highHz,
    ...own,
  };
}

/**
 * What is other than the page's, as printed at the row: `LFF 0.1, HFF off`.
 *
 * @param rateHz Of the row, where it is known: a corner at or above half of it does not exist there.
 */
export function filterNote(
  row: Pick<RowModel, "name" | "type" | "microvoltsPerUnit">,
  view: Pick<PageView, "filters" | "rowFilters">,
  rateHz = Infinity,
): string {
  if (row.microvoltsPerUnit === null) return "";
  const own = filtersOfRow(row, view);
  const differing = ([["lowHz", "LFF"], ["highHz", "HFF"], ["notchHz", "notch"]] as const)
    .filter(([name]) => own[name] !== view.filters[name]);
  const text = (hertz: number | null) => hertz === null || hertz >= rateHz / 2 ? "off" : hertz;
  return differing.map(([name, word]) => `${word} ${text(own[name])}`).join(", ");
}
